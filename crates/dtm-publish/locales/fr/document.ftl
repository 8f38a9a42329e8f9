# Mots des rapports, de Word et des diapositives.

document-kind-report = Matrice de suivi des déplacements – rapport de cycle – { $tool }
report-others = Autres cycles
document-figure = Chiffre
document-number = Nombre
document-note = Comparaison
document-where = Zone par zone
document-time = Cycle après cycle
document-why = Pourquoi elles sont parties, et d’où
document-who = Qui elles sont
document-movements = Mouvements observés
document-areas = Personnes déplacées par zone, admin { $level }
document-areas-more = { $n ->
    [one] Une autre zone figure dans les données du cycle.
   *[other] { $n } autres zones figurent dans les données du cycle.
}
document-within = Dans
document-rounds = Cycles jusqu’à celui-ci, du plus récent au plus ancien
document-figure-n = Figure { $n }.
document-table-n = Tableau { $n }.
document-absent = Sans nombre affiché : { $list }
document-kind-alert = Matrice de suivi des déplacements – alerte – { $tool }
document-kind-bulletin = Matrice de suivi des déplacements – bulletin de suivi des flux
document-kind-needs = Matrice de suivi des déplacements – besoins des ménages
document-updates = Ce que l’on sait, mise à jour après mise à jour
document-flows-title = { $persons } personnes ont été comptées au passage de { $points ->
    [one] un point
   *[other] { $points } points
 }, { $dates }
document-flows-no-number = Mouvements observés, { $dates }
document-busiest = { $point } a été le point le plus fréquenté : { $share } de toutes les personnes comptées
document-share-of-observed = { $share } des personnes comptées
document-point = Point
document-points = Personnes comptées, par point
document-a-day = Par jour
document-by-day = Jour par jour
document-by-point = Point par point
document-source-flows = { $tool } : les enquêteurs comptent les groupes qui passent un point tant qu’ils y sont, et demandent à certains d’où ils viennent et où ils vont.
document-limits-flows = Personne ne compte la nuit ni entre les points, et qui passe deux points est compté deux fois : les chiffres disent combien de monde passe où, jamais combien se sont déplacés en tout.
document-needs = Ce dont les ménages ont le plus besoin
document-needs-title = { $asked } : { $answer }, selon { $share } des ménages
document-needs-read = Parts des ménages d’après leurs réponses, chacune avec l’intervalle où se situe quatre fois sur cinq la part de l’ensemble des ménages.
document-needs-by-area = Les besoins les plus cités, par zone
document-by-sector = Secteur par secteur
document-interviewed = Ménages interrogés
document-all-households = Ensemble
document-answer = Réponse
document-source-needs = Entretiens avec un échantillon de ménages, pondérés pour représenter l’ensemble.
document-limits-needs = Une part établie sur peu de ménages est incertaine : lisez-la avec son intervalle. Les réponses données par très peu de ménages sont masquées.
document-kind-place = Matrice de suivi des déplacements – profil d’un lieu
document-place = Le lieu
document-place-title = { $place } : { $n } personnes déplacées
document-place-code = Code
document-place-kind = Nature
document-place-position = Position
document-place-coarse = environ { $position }
document-place-withheld = Non affichée, pour protéger les personnes
document-place-rounds = Chaque cycle qui a compté ici, du plus récent au plus ancien
public-places-title = Lieux
public-places-what = Les lieux qui peuvent être nommés, avec les personnes déplacées qui y ont été comptées au cycle le plus récent. Les lieux qui ne sont pas nommés ici sont dans les chiffres de leur zone.
public-places-search = Nom, code ou zone
public-places-find = Chercher
public-places-found = { $n ->
    [0] Aucun lieu ne correspond. Essayez avec moins de lettres.
    [one] Un lieu
   *[other] { $n } lieux
}
public-places-earlier = Lieux précédents
public-places-later = Lieux suivants
