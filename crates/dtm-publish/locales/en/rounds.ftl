# Rounds while they are collected: places, teams, the checklist.

visits-title = Places of the round
visits-all = All
visits-standing = State
visits-standing-late = Late
visits-standing-flagged = To check
visits-standing-waiting = Awaited
visits-standing-unreached = Not reached
visits-standing-ready = Ready
visits-never-settled = Nothing has come yet, or the checks have not run.
visits-as-of = As of { $when }
visits-none = No place is known yet. Import the place list, or let the first submissions bring them.
visits-none-fit = No place fits this choice.
visits-place = Place
visits-team = Team
visits-no-team = No team
visits-due = Due
visits-records = Records
visits-found = Found on the way
visits-findings-n =
    { $n ->
        [one] { $n } open finding
       *[other] { $n } open findings
    }
visits-do = Plan or explain the ticked places
visits-plan-ticked = Plan
visits-plan = Put on the plan
visits-drop = Take off the plan
visits-unreached-ticked = Not reached
visits-why = Reason
visits-why-insecurity = Insecurity
visits-why-no-road = Road cut or weather
visits-why-access-refused = Access refused
visits-why-no-informant = No key informant
visits-why-empty = Nobody lives there any more
visits-why-not-found = Place not found
visits-why-no-time = No time or no means
visits-why-other = Other
visits-note = Note
visits-unreached = Mark as not reached
visits-reachable = Take the reason back
visits-plan-all = Plan every expected place
visits-plan-all-what = Every place that is open and lies within the round’s areas, those already planned left as they are.
visits-by-area = By area
visits-by-team = By team
visits-area-unknown = Area not known
visits-done = Accounted for
visits-planned-n = Planned
visits-said-planned =
    { $n ->
        [one] One place is planned.
       *[other] { $n } places are planned.
    }
visits-said-dropped =
    { $n ->
        [0] None of them was on the plan.
        [one] One place is off the plan.
       *[other] { $n } places are off the plan.
    }
visits-said-unreached =
    { $n ->
        [one] One place is marked as not reached.
       *[other] { $n } places are marked as not reached.
    }
visits-said-reachable =
    { $n ->
        [one] The reason was taken back.
       *[other] { $n } reasons were taken back.
    }
teams-title = Teams
teams-known = Teams of the operation
teams-none = There is no team yet.
teams-name = Name of the team
teams-add = Add a team
teams-save = Save
teams-remove = Remove the team
teams-what = A team gets places to visit; what its phones send is counted as its work. A phone belongs to one team.
teams-no-name = A team needs a name of at most 100 characters.
teams-name-taken = There is a team of this name already.
teams-said-saved = The team is saved.
teams-said-removed = The team is removed. What it sent stays; its places have no team now.
teams-phones-n =
    { $n ->
        [0] no phone
        [one] one phone
       *[other] { $n } phones
    }
round-progress = Progress
round-clock-before =
    { $n ->
        [one] Collection begins tomorrow.
       *[other] Collection begins in { $n } days.
    }
round-clock-left =
    { $n ->
        [0] Last day of collection.
        [one] One day of collection left.
       *[other] { $n } days of collection left.
    }
round-clock-over =
    { $n ->
        [one] Collection was to end yesterday.
       *[other] Collection was to end { $n } days ago.
    }
round-accounted = { $percent } % of the places accounted for
round-places = Every place
round-late = Came outside collection
round-late-n =
    { $n ->
        [one] One submission came while the round was not collecting. It counts once a reviewer has approved it.
       *[other] { $n } submissions came while the round was not collecting. They count once a reviewer has approved them.
    }
round-late-look = Look at them
round-late-what = These came while the round was not collecting. Open one to approve or reject it.
round-late-all = Every record
round-checklist = Checklist
round-step-form = A form is published
round-step-phones = Phones have access
round-step-training = Enumerators are trained and have tried the form
round-step-announced = Local authorities and communities know of the round
round-step-visits = The places to visit are known
round-step-places = Every place is assessed or explained
round-step-findings = No blocking finding is open
round-step-late = Late submissions were looked at
round-step-compared = What is odd beside the rounds before is explained
round-step-agreed = The government’s partner agrees with the figures
round-step-done = Done
round-step-open = Open
round-step-tick = Tick
round-step-untick = Take back
round-step-note = Note (optional)
round-step-by = { $who }, { $when }
round-step-go = Show
round-said-ticked = The step is ticked.
round-said-unticked = The tick is taken back.
round-back-why = Why the round goes back
round-history = History
analysis-title = Before clearing
analysis-lead = What changed since the last round and by what, what is odd, what may have been counted twice. A round is cleared when everything odd is explained.
analysis-parts = What the change is made of
analysis-part-new = Places that had no figure before
analysis-part-lost = Places that have none now
analysis-part-reassessed = Places assessed again
analysis-part-carried = Places whose figure is carried
analysis-odd = Odd figures
analysis-what = What is odd
analysis-none-open = Nothing odd is left without an explanation.
analysis-open-n =
    { $n ->
        [one] One thing is not explained.
       *[other] { $n } things are not explained.
    }
analysis-explain-ticked = Explain what is ticked
analysis-why = Explanation
analysis-explain = Explain
analysis-explained = Explained
analysis-said-explained =
    { $n ->
        [one] One is explained.
       *[other] { $n } are explained.
    }
analysis-said-unexplained = The explanation is taken back.
analysis-double = Possibly counted twice
analysis-double-none = No two places look as if they spoke of the same people.
analysis-double-what = Near each other or of like name, with like numbers. Nothing is taken off the figures: look, then correct a record if it must be.
analysis-places = Places
analysis-at-most = At most twice
analysis-apart = Why
analysis-metres = { $n } m apart
analysis-names-alike = names alike

origins-title = Where people came from, and levels over the rounds
origins-lead = From the settled figures, before anything is hidden: for looking, not for publishing.
origins-table = Origin and present area
origins-from = Came from
origins-all = All
origins-unknown = Not said
origins-none = The figures say nothing about origins.
origins-balance = What areas lost and gained
origins-within = Displaced within
origins-gone = Gone elsewhere
origins-come = Come from elsewhere
origins-net = Net
origins-fit = Fitted to sums known from elsewhere
origins-fit-what = Where a registration or a survey says how many left each area and how many arrived in each, the table is fitted to both sums (iterative proportional fitting): what the round saw gives the pattern, the sums give the level. Cells that nobody reported stay empty.
origins-sums = The known sums
origins-left = How many left, a line for each origin
origins-arrived = How many arrived, a line for each area
origins-fit-do = Fit
origins-fitted = Both sums are met, after { $turns } turns.
origins-not-fitted = The sums are not met after { $turns } turns; the largest difference is { $error } people. Do not use this table.
origins-unfit = The table cannot be fitted to these sums.
origins-bad-line = «{ $line }» is not a code and a number.
origins-missing = Nothing is said of { $codes }.
origins-not-here = { $codes } is not in the table.
origins-series = Displaced people by round
origins-level = Level
origins-new-level = new level
origins-too-few = With fewer than four rounds nothing can be said about levels.
origins-one-level = Over these rounds the number keeps one level: no change stands out from the ups and downs.
origins-levels = { $n ->
    [one] The number changed its level once.
   *[other] The number changed its level { $n } times.
}
origins-series-what = Levels are the means between the breaks that explain the series best for their number (least squares, Bayesian information criterion), at most three. A new level asks for a reason: a crisis, a return, or another way of counting.

stocks-title = Stock and flow
stocks-lead = Who should be in each area by what is known since the round before, who is, and what nothing explains. From the settled figures, before anything is hidden.
stocks-none = There is nothing to compare yet: this round or the one before it was not settled.
stocks-since = Since round { $label }
stocks-expected = Expected
stocks-residual = Not explained
stocks-coverage = Of it by coverage
stocks-beyond = more than uncertain
stocks-within = within what is uncertain
stocks-what = Not explained is who is here now, less who should be by the numbers known. «Of it by coverage» is what places make of it that were counted in one of the two rounds only. Nothing here changes a figure.
stocks-fitted = The nearest numbers that fit
stocks-fitted-what = Each number gives way by how uncertain it is (least squares weighted by 1/variance), and none falls below zero. For looking, not for publishing.
stocks-known = Movements known
stocks-known-none = No movement was written down yet.
stocks-offers = Reported by events
stocks-offers-what = Arrivals that emergency events reported between the rounds. Taken over, they count in the account above.
stocks-offer = { $persons } people, { $source }
stocks-take = Take over
stocks-add = Write a movement down
stocks-withdraw = Withdraw
stocks-restore = Let it stand again
stocks-withdrawn-by = withdrawn by { $who }, { $when }
stocks-kind = What happened
stocks-kind-arrivals = Arrivals
stocks-kind-births = Births
stocks-kind-departures = Departures
stocks-kind-returns = Returns
stocks-kind-deaths = Deaths
stocks-kind-reclassified = Reclassified
stocks-persons = Persons
stocks-margin = More or fewer by
stocks-margin-what = So many it may have been more or fewer, eight times in ten. Empty where the number is certain.
stocks-source = Who says so
stocks-source-what = A register, an agency, an event; never the name of a person.
stocks-whole = All areas
stocks-elsewhere = No known area
stocks-line = { $area }: { $before } before, { $expected } expected, { $after } now, { $residual } not explained
stocks-refused = The movement was not written down.
stocks-no-area = «{ $code }» is no area of this operation below the country.
stocks-no-kind = «{ $kind }» is not one of arrivals, births, departures, returns, deaths, reclassified.
stocks-no-persons = Give the persons as a whole number above zero.
stocks-no-change = Give the persons as a whole number; below zero for people who are no longer counted.
stocks-no-margin = Give «more or fewer by» as a whole number, zero or more.
stocks-no-source = Say who or what tells of it, in { $most } characters at most.
stocks-said-added = The movement was written down.
stocks-said-withdrawn = The movement was withdrawn.
stocks-said-restored = The movement stands again.
origins-persons = People
origins-file = The table as a file
origins-code = { $what } (code)
origins-line = { $area }: { $within } within, { $gone } gone elsewhere, { $come } come from elsewhere, net { $net }
stocks-take-all = Take all over
stocks-said-taken = { $n ->
    [0] There was nothing to take over.
    [one] One movement was written down.
   *[other] { $n } movements were written down.
}
