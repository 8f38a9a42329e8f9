# Words of the public pages.

skip = Skip to content
brand = Displacement Tracking Matrix
language-name = English
nav = Main
nav-operations = Operations
nav-api = API
nav-office = Sign in
foot-what = Figures are estimates from key informants and observation, counted in rounds and checked before they are published. A figure can be revised; every version stays available.

# Messages, each bound to a condition.
message-rising = { $scale ->
    [one] { $n } person is displaced
    [million] { $n } people are displaced
   *[plain] { $n } people are displaced
}, { $change } more than in round { $round }
message-falling = { $scale ->
    [one] { $n } person is displaced
    [million] { $n } people are displaced
   *[plain] { $n } people are displaced
}, { $change } fewer than in round { $round }
message-steady = { $scale ->
    [one] { $n } person is displaced
    [million] { $n } people are displaced
   *[plain] { $n } people are displaced
}, about as many as in round { $round } (change: { $change })
message-counted = { $scale ->
    [one] { $n } person is displaced
    [million] { $n } people are displaced
   *[plain] { $n } people are displaced
}
message-nobody-found = No displaced people were found
message-hidden = The number of displaced people is hidden to protect them
message-nothing = No count of displaced people in this round
message-outside-sites = More than half of displaced people, { $share }, live outside sites, in host communities
message-on-sites = More than half of displaced people, { $share }, live on sites
message-one-area = { $name } hosts { $share } of displaced people
message-children = { $share } of those whose age is known are under 18
message-females = { $share } of those whose sex is known are women and girls
message-one-reason = { $name }: the reason for { $share } of displacement
message-one-origin = { $name }: where { $share } of displaced people come from
message-carried = { $share } of the total is carried from an earlier round, for places not assessed in this one

hero-dates = { $round } · collected { $collected } · figures as of { $reported }
hero-version = Version { $version }, published { $date }
newer-version = You are reading an older version of this round. The newest is version { $version }
newer-round = There is a newer round: { $round }

keys = Key figures
since = { $change } since { $round }
share-of-displaced = { $share } of displaced people
key-reached = Places reached
key-reached-of = { $share } of { $planned } planned
key-carried = Carried from earlier rounds
key-carried-places = { $n ->
    [one] { $n } place not assessed
   *[other] { $n } places not assessed
}

in-brief = In brief
documents = Data and documents
get = Download
get-factsheet = Factsheet (PDF)
get-factsheet-what = two pages to print or send
beside = Pages of this operation
component-flows = Flow monitoring
component-events = Emergencies
component-needs = Needs of households
get-report = Report
get-report-what = to read here, or as PDF, Word and PowerPoint
get-xlsx = Workbook (Excel)
get-xlsx-what = all tables with a dictionary
get-csv = Dataset (CSV, HXL)
get-csv-what = one row per area, reason and origin
get-geojson = Areas (GeoJSON)
get-geojson-what = outlines with figures

figure-map = Where displaced people are
figure-map-desc = Map of displaced people by area. The largest figures: { $list }.
figure-areas = Displaced people by area
figure-trend = Displaced people over the rounds
figure-reasons = Reasons for displacement
figure-sex-age = Sex and age of displaced people
figure-origins = From where to where
figure-flows = Movements at flow monitoring points
figure-displacement = Displacement by area, reason and origin
figure-places = Places of assessment
figure-from = Left
figure-to = Now in

provinces = First-level areas
ranking = Where most displaced people are
ranking-caption = Internally displaced persons by area, { $date }
ranking-more = { $n ->
    [one] Show { $n } more area
   *[other] Show { $n } more areas
}
col-rank = Rank
col-area = Area
col-idp = Displaced people
col-share = Share
col-change = Change
col-households = Households
col-round = Round
col-collected = Collected
col-reached = Places reached
col-version = Version
change-new = new

states = How to read the figures:
state-carried-any = Part of it is carried from an earlier round

flows-caveat = Observed at the points while observers were there. Never a total of all movements.
flows-observed = { $persons } persons observed at { $points ->
    [one] { $points } point
   *[other] { $points } points
}, { $dates }
flows-a-day = { $n } a day on average

emergency-point = Emergency, { $dates }: { $scale ->
    [one] { $n } person displaced
   *[other] { $n } people displaced
} ({ $place })
emergency-areas = { $n } first-level areas
emergency-places = { $n ->
    [one] reported from { $n } place
   *[other] reported from { $n } places
}
emergency-total = All areas
emergency-more = { $n ->
    [one] { $n } more area is in the data
   *[other] { $n } more areas are in the data
}
emergency-reason = { $n ->
    [one] Reason
   *[other] Reasons
}
emergency-caveat = Counted quickly after an event, between rounds: not to be added to the figures of a round.

rounds = Rounds
rounds-caption = Every published round, newest first

method = How these figures were made
method-tool = Tool
method-collected = Collected
method-coverage = Coverage
method-coverage-what = { $reached } of { $planned } planned places were assessed.
method-carried = Carried
method-carried-what = { $n ->
    [0] Every figure was collected in this round.
    [one] { $n } place was not assessed in this round; its last count stands and is marked as carried.
   *[other] { $n } places were not assessed in this round; their last counts stand and are marked as carried.
}
method-protection = Protection
method-protection-what = Policy “{ $policy }”: fewer than { $persons } persons or { $households } households are not shown, nor any number that would give one of these away.
method-already-public = These figures were published before by { $source } and are repeated as they were.
method-ranges = Low and high
method-ranges-what = The range beside a number is where the true number lies four times in five. At each place it comes from how credible its sources are and how far apart they lie; a place with one source is taken to be off by a quarter. Errors of different places are taken to be unrelated, so the range of an area is the root of the sum of their squares: narrower than all lows and all highs together. Low and high are rounded away from the number, and left out where they would tell of a hidden one.
method-limits = Limits
method-limits-what = Numbers are estimates given by key informants and confirmed where possible. Stocks at different dates must not be added up. Areas without an assessment are shown as such, not as zero.
method-hidden = Hidden
method-licence = Licence
method-publisher = Published by
method-more = Coverage, method and all versions of this round
hidden-few = { $n ->
    [one] { $n } number counts too few people to be shown
   *[other] { $n } numbers count too few people to be shown
}
hidden-complementary = { $n ->
    [one] { $n } number would give a hidden one away
   *[other] { $n } numbers would give a hidden one away
}
hidden-dominated = { $n ->
    [one] { $n } number comes almost entirely from one place
   *[other] { $n } numbers come almost entirely from one place
}
hidden-class = { $n ->
    [one] { $n } column is not for this audience
   *[other] { $n } columns are not for this audience
}

# The page of a round
about-title = About round { $round }
about-back = Figures of this round
about-coverage = Coverage
about-planned = Places planned
about-reached = Reached in this round
about-carried = Carried from an earlier round
about-missing = Without any figure
about-versions = Versions
about-versions-caption = All versions of this round, newest first
about-published = Published
about-why = Why
about-first = First publication
about-changed = Figures changed
about-changes = What changed in version { $version }
about-changes-none = No figure by area changed.
about-changes-caption = Figures by area that differ from version { $version }
about-changes-more = { $n ->
    [one] and { $n } more figure
   *[other] and { $n } more figures
}
col-measure = Figure
col-before = Before
col-after = After
col-difference = Difference
about-areas-carried = Areas with carried figures
about-areas-carried-caption = Displaced people whose figure is carried, by area
col-carried = Of which carried

# Home
home-title = Where people are displaced
home-lead = The Displacement Tracking Matrix counts displaced and mobile people, place by place and round by round, and publishes what it knows with how it knows it.
home-operations = Operations
home-none = Nothing is published yet.
home-none-what = As soon as a round is cleared and released, its figures appear here.
home-rounds = { $n ->
    [one] { $n } round published
   *[other] { $n } rounds published
}
home-as-of = Round { $round }, { $date }
home-what = What the figures are
home-what-1 = Each round assesses the places where displaced people live, through key informants and visits.
home-what-2 = Every number can be walked back to the places and records behind it by those who may see them.
home-what-3 = Small numbers are hidden, so that nobody can be singled out. Zero, no data, hidden and carried are always told apart.
home-api = Use the data
home-api-what = Every figure has a stable address as CSV, JSON and SVG. Programs read the same figures through the API.
home-api-link = How to call the API

# Problems
problem-code = Code: { $code }
problem-home = Back to the list of operations
not-found-title = This page does not exist
not-found-what = The address may be mistyped, or the round is not published yet. Published addresses never change.

# API
api-title = API
api-lead = The figures of every published round, in the shape the clients of the DTM API expect: point an existing client at this address and it works.
api-key = Key
api-key-what = Send your key in the header Ocp-Apim-Subscription-Key with every call. Keys are given by the office of the operation.
api-example = An example
api-endpoints = Endpoints
api-endpoints-caption = Endpoints of the displacement and HNA APIs; upper and lower case make no difference
api-parameters = Parameters
api-parameters-caption = Parameters of the admin0, admin1 and admin2 endpoints; one of the first three is required
api-col-path = Path
api-col-what = What it returns
api-col-name = Name
api-col-means = Meaning
api-col-example = Example
api-country-list = Countries with figures
api-operation-list = Operations and whether they are active
api-admin0 = Figures of the country
api-admin1 = Figures by first-level area
api-admin2 = Figures by second-level area
api-v2-what = The same paths of version 2, without reason, sex and origin
api-hna-country-list = Countries with needs of households; this and the next three want a key of their own product
api-hna-catalog = What households were asked and what they could answer: the columns of the next
api-hna-admin2 = Needs by second-level area and population group, page by page; country and year are required, groups and the page may be given
api-hna-download = A link to the same rows as a workbook; it works for ten minutes without a key
api-p-operation = Name of the operation
api-p-country = Name of the country
api-p-pcode0 = ISO 3166 code of the country, three letters
api-p-pcode1 = Code of a first-level area (admin1 and admin2)
api-p-pcode2 = Code of a second-level area (admin2)
api-p-from-date = Figures reported on or after this day
api-p-to-date = Figures reported on or before this day
api-p-from-round = From this round on
api-p-to-round = Up to this round
api-sum = How to add up
api-sum-what = A place and round has one row for each reason and origin: add the rows of one round to get its total. Never add rounds: each counts the people displaced at its date.
api-envelope = The answer
api-envelope-what = Rows stand in result; isSuccess says whether the call worked, errorMessages why not.
about-see-version = Read this version
about-errata = What changed, as CSV
about-withdrawn = Withdrawn on { $date }: { $reason }
