# Words of the factsheet.

factsheet-kind = Displacement Tracking Matrix – factsheet – { $tool }
factsheet-document = { $message } – { $country }, round { $round }
factsheet-dates = Collected { $collected }
factsheet-keys = Key figures
factsheet-since = { $change } since { $round }
factsheet-share-of-displaced = { $share } of displaced people
factsheet-reached = Places assessed
factsheet-reached-of = of { $planned } planned ({ $share })
factsheet-map = Where displaced people are
factsheet-map-alt = Map of displaced people by area. Most in: { $list }.
factsheet-ranking = Most displaced people
factsheet-column-area = Area
factsheet-column-people = People
factsheet-column-change = Change
factsheet-column-share = Share
factsheet-new = new
factsheet-reading = Reading the figures
factsheet-trend = Displaced people, round by round
factsheet-sex-age = By sex and age
factsheet-origins = From where to where
factsheet-reasons = Reasons of displacement
factsheet-flows = Movements observed, day by day
factsheet-chart-alt = { $heading }. { $list }.
factsheet-method = How these figures were made
factsheet-method-source = Source
factsheet-method-source-what = { $tool }: interviews with key informants and counts by site managers. { $reached ->
    [one] One place was
   *[other] { $reached } places were
 } assessed{ $plan ->
    [none] {""}
   *[some] {" "}out of { $planned } planned
 }, from { $from } to { $to }.
factsheet-method-carried = Places not assessed
factsheet-method-carried-what = { $n ->
    [0] No figure is carried from an earlier round.
    [one] One place was not assessed in this round; its last count is kept and marked as carried.
   *[other] { $n } places were not assessed in this round; their last counts are kept and marked as carried.
}
factsheet-method-protection = Protection
factsheet-method-protection-what = Numbers below { $persons } persons or { $households } households are hidden, with as many others as are needed so that nobody can work them out. { $hidden ->
    [0] Nothing had to be hidden here.
    [one] One number is hidden.
   *[other] { $hidden } numbers are hidden.
}
factsheet-method-public = These figures had been published before, by { $source }; nothing is hidden in them.
factsheet-method-limits = Limitations
factsheet-method-limits-what = Key informants estimate; they do not register. Rounds that covered different places compare only with care, and places closed to our teams may hold more people than shown. Parts may not add up to a total where a number is hidden.
factsheet-method-version = Version
factsheet-method-version-what = Version { $version }, released { $date }. { $reason }
