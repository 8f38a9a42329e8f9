# Words that pages, drawings, files and documents share.

value-nothing = no data
value-hidden = hidden
value-hidden-why = hidden to protect people
value-withheld = withheld
carried-withheld = how much of it is carried is withheld to protect people
state-zero = Zero: assessed, nobody found
state-nothing = No data collected
state-range = Low and high: the true number lies between them four times in five
state-hidden = Hidden to protect people
state-carried = Half or more carried from an earlier round

month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec

reason-conflict = Conflict
reason-insecurity = Insecurity
reason-natural-disaster = Natural disaster
reason-other = Other reason
reason-not-reported = Not reported
origin-unknown = Unknown origin

sex-female = Women and girls
sex-male = Men and boys
sex-unknown = Sex not recorded

age-0 = Under 1
age-range = { $from }–{ $to }
age-and-over = { $from }+

direction-in = Arriving
direction-out = Leaving
direction-within = Moving within
direction-incoming = Arriving
direction-outgoing = Leaving

measure-idp-ind = Internally displaced persons
measure-idp-hh = Displaced households
measure-in-sites = On sites
measure-in-host = In host communities
measure-returnee-ind = Returnees
measure-returnee-hh = Returnee households
measure-places = Places with displaced people
measure-males = Males
measure-females = Females
measure-persons = Persons observed

level-0 = Country
level-1 = Admin 1
level-2 = Admin 2
level-3 = Admin 3

tool-b1 = Baseline area assessment
tool-b2 = Baseline sub-area assessment
tool-msla = Multi-sectoral location assessment
tool-ett = Emergency event tracking
tool-fmr = Flow monitoring registry
tool-fms = Flow monitoring survey
tool-registration = Registration
tool-intentions = Intentions survey
tool-survey = Survey

round = Round { $label }
round-short = R{ $label }
source-line = Source: Displacement Tracking Matrix, { $operation }, round { $round }, { $date }, version { $version }.
boundary-disclaimer = Boundaries and names on maps are shown for orientation and imply no official endorsement or acceptance.
