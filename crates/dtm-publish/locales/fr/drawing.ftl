# Mots dans les cartes et les graphiques.

drawing-others = Autres ({ $n })
drawing-km = { $n } km
drawing-carried = dont { $n } reportés
drawing-all-zero = Personne de compté
drawing-class-range = { $from }–{ $to }
drawing-class-from = { $from } et plus
drawing-carried-part = Reporté d’un cycle antérieur
drawing-empty = Aucun chiffre à dessiner
drawing-streams-hidden = { $n ->
    [one] { $n } petit flux masqué pour protéger les personnes
   *[other] { $n } petits flux masqués pour protéger les personnes
}
drawing-partial = Moins de 9 lieux sur 10 atteints
drawing-spot-site = Sites
drawing-spot-host = Communautés hôtes
drawing-spot-flow = Points de suivi des flux
drawing-spot-blocking = Avec un constat bloquant
drawing-spot-confirm = Avec quelque chose à confirmer
drawing-spot-record = Rien de relevé, ou des notes seulement
drawing-spot-closed = Fermés
drawing-spots = { $n } lieux : { $names }
drawing-fewer = ◄ moins de personnes
drawing-more = plus de personnes ►
drawing-same-scale = Même échelle partout, de { $from } à { $to }
