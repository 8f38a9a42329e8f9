# Mots de la fiche d’information.

factsheet-kind = Matrice de suivi des déplacements – fiche d’information – { $tool }
factsheet-document = { $message } – { $country }, cycle { $round }
factsheet-dates = Collecte : { $collected }
factsheet-keys = Chiffres clés
factsheet-since = { $change } depuis { $round }
factsheet-share-of-displaced = { $share } des personnes déplacées
factsheet-reached = Lieux évalués
factsheet-reached-of = sur { $planned } prévus ({ $share })
factsheet-map = Où se trouvent les personnes déplacées
factsheet-map-alt = Carte des personnes déplacées par zone. Les plus nombreuses : { $list }.
factsheet-ranking = Zones qui accueillent le plus
factsheet-column-area = Zone
factsheet-column-people = Personnes
factsheet-column-change = Évolution
factsheet-column-share = Part
factsheet-new = nouveau
factsheet-reading = Lire les chiffres
factsheet-trend = Personnes déplacées, cycle par cycle
factsheet-sex-age = Par sexe et par âge
factsheet-origins = D’où et vers où
factsheet-reasons = Raisons du déplacement
factsheet-flows = Mouvements observés, jour par jour
factsheet-chart-alt = { $heading }. { $list }.
factsheet-method = Comment ces chiffres ont été établis
factsheet-method-source = Source
factsheet-method-source-what = { $tool } : entretiens avec des informateurs clés et comptages des gestionnaires de sites. { $reached ->
    [one] Un lieu a été évalué
   *[other] { $reached } lieux ont été évalués
 }{ $plan ->
    [none] {""}
   *[some] {" "}sur { $planned } prévus
 }, du { $from } au { $to }.
factsheet-method-carried = Lieux non évalués
factsheet-method-carried-what = { $n ->
    [0] Aucun chiffre n’est reporté d’un cycle antérieur.
    [one] Un lieu n’a pu être atteint ; son dernier comptage est conservé et signalé comme reporté.
   *[other] { $n } lieux n’ont pu être atteints ; leurs derniers comptages sont conservés et signalés comme reportés.
}
factsheet-method-protection = Protection
factsheet-method-protection-what = Les nombres inférieurs à { $persons } personnes ou { $households } ménages sont masqués, avec autant d’autres qu’il faut pour que nul ne puisse les déduire. { $hidden ->
    [0] Rien n’a dû être masqué ici.
    [one] Un nombre est masqué.
   *[other] { $hidden } nombres sont masqués.
}
factsheet-method-public = Ces chiffres avaient déjà été publiés par { $source } ; rien n’y est masqué.
factsheet-method-limits = Limites
factsheet-method-limits-what = Les informateurs clés estiment ; ils n’enregistrent pas. Des cycles qui ont couvert des lieux différents ne se comparent qu’avec prudence, et les lieux fermés à nos équipes peuvent abriter plus de personnes qu’indiqué. Les parties peuvent ne pas donner le total là où un nombre est masqué.
factsheet-method-version = Version
factsheet-method-version-what = Version { $version }, diffusée le { $date }. { $reason }
