# Mots que se partagent les pages, les dessins, les fichiers et les documents.

value-nothing = pas de données
value-hidden = masqué
value-hidden-why = masqué pour protéger les personnes
value-withheld = non communiqué
carried-withheld = la part reportée n’est pas communiquée, pour protéger les personnes
state-zero = Zéro : lieu évalué, personne
state-nothing = Aucune donnée collectée
state-range = Bas et haut : le vrai nombre se trouve entre eux quatre fois sur cinq
state-hidden = Masqué pour protéger les personnes
state-carried = Moitié ou plus reportée d’un cycle antérieur

month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
month-short-1 = janv.
month-short-2 = févr.
month-short-3 = mars
month-short-4 = avr.
month-short-5 = mai
month-short-6 = juin
month-short-7 = juil.
month-short-8 = août
month-short-9 = sept.
month-short-10 = oct.
month-short-11 = nov.
month-short-12 = déc.

reason-conflict = Conflit
reason-insecurity = Insécurité
reason-natural-disaster = Catastrophe naturelle
reason-other = Autre raison
reason-not-reported = Non renseignée
origin-unknown = Origine inconnue

sex-female = Femmes et filles
sex-male = Hommes et garçons
sex-unknown = Sexe non relevé

age-0 = < 1 an
age-range = { $from }–{ $to }
age-and-over = { $from }+

direction-in = Arrivées
direction-out = Départs
direction-within = Mouvements internes
direction-incoming = Arrivées
direction-outgoing = Départs

measure-idp-ind = Personnes déplacées internes
measure-idp-hh = Ménages déplacés
measure-in-sites = Sur des sites
measure-in-host = En communauté d’accueil
measure-returnee-ind = Retournés
measure-returnee-hh = Ménages retournés
measure-places = Lieux avec des personnes déplacées
measure-males = Hommes
measure-females = Femmes
measure-persons = Personnes observées

level-0 = Pays
level-1 = Niveau 1
level-2 = Niveau 2
level-3 = Niveau 3

tool-b1 = Évaluation de base des zones
tool-b2 = Évaluation de base des sous-zones
tool-msla = Évaluation multisectorielle des localités
tool-ett = Suivi des urgences
tool-fmr = Registre de suivi des flux
tool-fms = Enquête de suivi des flux
tool-registration = Enregistrement
tool-intentions = Enquête sur les intentions
tool-survey = Enquête

round = Cycle { $label }
round-short = C{ $label }
source-line = Source : Matrice de suivi des déplacements, { $operation }, cycle { $round }, { $date }, version { $version }.
boundary-disclaimer = Les frontières et les noms figurant sur les cartes sont donnés à titre indicatif et n’impliquent ni reconnaissance ni acceptation officielle.
