# Words of reports, Word and slides.

document-kind-report = Displacement Tracking Matrix – round report – { $tool }
report-others = Other rounds
document-figure = Figure
document-number = Number
document-note = Compared
document-where = Area by area
document-time = Round by round
document-why = Why they left, and from where
document-who = Who they are
document-movements = Movements observed
document-areas = Displaced people by area, admin { $level }
document-areas-more = { $n ->
    [one] One more area is in the data of the round.
   *[other] { $n } more areas are in the data of the round.
}
document-within = In
document-rounds = Rounds up to this one, newest first
document-figure-n = Figure { $n }.
document-table-n = Table { $n }.
document-absent = No number shown: { $list }
document-kind-alert = Displacement Tracking Matrix – flash alert – { $tool }
document-kind-bulletin = Displacement Tracking Matrix – flow monitoring bulletin
document-kind-needs = Displacement Tracking Matrix – needs of households
document-updates = What is known, update by update
document-flows-title = { $persons } persons were counted passing { $points ->
    [one] one point
   *[other] { $points } points
 }, { $dates }
document-flows-no-number = Movements observed, { $dates }
document-busiest = { $point } was the busiest point: { $share } of everybody counted
document-share-of-observed = { $share } of those counted
document-point = Point
document-points = Persons counted, by point
document-a-day = A day
document-by-day = Day by day
document-by-point = Point by point
document-source-flows = { $tool }: enumerators count the groups that pass a point while they stand there, and ask some of them where from and where to.
document-limits-flows = Nobody counts at night or between points, and who passes two points is counted twice: the numbers tell how much moves where, never how many moved in all.
document-needs = What households need most
document-needs-title = { $asked }: { $answer }, said by { $share } of households
document-needs-read = Shares of households as they answered, each with the range in which the share of all households lies four times in five.
document-needs-by-area = The needs named most, by area
document-by-sector = Sector by sector
document-interviewed = Households interviewed
document-all-households = All
document-answer = Answer
document-source-needs = Interviews with a sample of households, weighted to stand for all of them.
document-limits-needs = A share of few households is uncertain: read it with its range. Answers given by very few households are hidden.
document-kind-place = Displacement Tracking Matrix – profile of a place
document-place = The place
document-place-title = { $place }: { $n } displaced people
document-place-code = Code
document-place-kind = Kind
document-place-position = Position
document-place-coarse = about { $position }
document-place-withheld = Not shown, to protect people
document-place-rounds = Every round that counted here, newest first
public-places-title = Places
public-places-what = Places that may be named, with the displaced people counted there in the newest round. Places that are not named here are in the numbers of their area.
public-places-search = Name, code or area
public-places-find = Search
public-places-found = { $n ->
    [0] No place fits. Try fewer letters.
    [one] One place
   *[other] { $n } places
}
public-places-earlier = Earlier places
public-places-later = Further places
