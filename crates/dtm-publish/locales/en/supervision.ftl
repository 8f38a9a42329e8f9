# The work of enumerators and teams, and what is written to teams.

supervise-title = Supervision
supervise-lead = How the work of each enumerator and team looks beside that of the others in this round. A number that stands apart is a question to ask, not an answer: a hard district, a new enumerator and an invented interview can look the same from here.
supervise-work = Work
supervise-by-enumerator = By enumerator
supervise-by-team = By team
supervise-period = Days
supervise-last-day = Last day
supervise-week = Last 7 days
supervise-whole-round = Whole round
supervise-choose = Another day or form
supervise-form = Form
supervise-on = Day
supervise-counted = { $days }: { $counted } of { $all } records counted
supervise-counted-newest = { $days }: { $counted } of { $all } records counted. Only the newest { $most } of the round are looked at.
supervise-no-role = The form does not say who asked, so each phone stands for its enumerator. Which question names the enumerator is chosen on the page of the form’s checks.
supervise-none = No interview on these days.
supervise-what = Below each value stands of how many it was taken, and what is usual in the round: the median of those with { $least } interviews or more. Whoever has fewer is not compared, nor is anybody where fewer than { $others } can be.
supervise-who = Enumerator
supervise-nobody = Not said
supervise-person = Enumerator { $n }
supervise-people = Enumerators
supervise-interviews = Interviews
supervise-days = Days
supervise-days-n =
    { $n ->
        [one] on one day
       *[other] on { $n } days
    }
supervise-usual = Usual here
supervise-usually = usually { $usual }
supervise-of = of
supervise-beside = Beside the usual
supervise-beside-too-few = too few to compare
supervise-beside-few-others = too few others to compare with
supervise-beside-usual = as usual
supervise-beside-more = more than usual here
supervise-beside-much-more = much more than usual here
supervise-beside-less = less than usual here
supervise-beside-much-less = much less than usual here
supervise-n-of = { $n } of { $of }
supervise-n-of-interviews = { $n } of { $of } interviews
supervise-n-of-answers = { $n } of { $of } answers
supervise-of-interviews =
    { $count ->
        [one] of one interview
       *[other] of { $of } interviews
    }
supervise-of-days =
    { $count ->
        [one] of one day
       *[other] of { $of } days
    }
supervise-of-answers =
    { $count ->
        [one] of one answer
       *[other] of { $of } answers
    }
supervise-of-ways =
    { $count ->
        [one] of one way
       *[other] of { $of } ways
    }
supervise-minutes = { $n } min
supervise-metres = { $n } m
supervise-kilometres = { $n } km
supervise-look = Worth a look
supervise-look-what = What stands apart from the rest of the round, what it may mean, the harmless first, and what to ask. In the order of the table, which is no ranking.
supervise-look-more =
    { $n ->
        [one] One more stands in the table.
       *[other] { $n } more stand in the table.
    }
supervise-apart = { $measure }: { $value } ({ $of }), { $beside } ({ $usual })
supervise-may-mean = May be: { $meaning }
supervise-coverage = Planned places
supervise-visited = Visited
supervise-not-visited = Not visited
supervise-open = Open
supervise-why-n = { $why }: { $n }
supervise-late-n = { $n } late
supervise-messages = Messages to teams
supervise-messages-what = Short words on what to look at or where plans changed. They stand on the team’s page and its daily sheet, and go by mail to the addresses that a team has. ODK Collect shows no messages of a server, so phones do not get them.
supervise-to = To
supervise-to-all = All teams
supervise-to-gone = A team that was removed
supervise-text = Message
supervise-write = Write
supervise-no-message = Nothing was written to the teams of this round.
supervise-withdraw = Withdraw
supervise-restore = Let it stand again
supervise-withdrawn = Withdrawn
supervise-withdrawn-by = withdrawn by { $who }, { $when }
supervise-not-written = The message was not written
supervise-message-mistake = A message has between one and { $most } characters.
supervise-said-written =
    { $n ->
        [0] The message is written. No team has a mail address, or this server sends no mail.
        [one] The message is written, and one mail carries it.
       *[other] The message is written, and { $n } mails carry it.
    }
supervise-said-withdrawn = The message is withdrawn. Mails that went out are not called back.
supervise-said-restored = The message stands again.
supervise-too-few = Fewer than { $least } interviews on these days: they are counted, and not compared.
supervise-measure = Measure
supervise-value = Value
supervise-by-day = Interviews by day
supervise-by-day-what = One column for each day, from the first interview to the last.
supervise-by-minutes = Interviews by duration
supervise-by-minutes-what = How many took how long, from the start to the end that the phone noted.
supervise-from-to = { $from } to { $to } min
supervise-from-on = { $from } min and more
supervise-map = Where they were held
supervise-map-what = Interviews that would cover each other are one larger dot with their number.
supervise-one-interview = Interview
supervise-placed = { $n } of { $of } interviews have a position.
supervise-pairs = Most alike
supervise-pairs-what = Interviews of this enumerator that are more alike than hardly any two of different enumerators in the round. Neighbours who live alike give such pairs, too.
supervise-pair = { $n } of { $of } answers differ
supervise-other = the other one
supervise-when = When
supervise-took = Took
supervise-to-ask = To ask
supervise-sheet = Daily sheet
supervise-sheet-what = One page of A4 for each team, to be printed from the browser: where to go, what came the day before, what to ask, and room to write.
supervise-sheet-phones = With telephone numbers for call-backs (paper is lost: only where it must be)
supervise-sheet-no-team = There is no team to print a sheet for. Teams are made on the page of the operation’s teams.
supervise-sheet-done = { $n } of { $of } places done or explained
supervise-sheet-today = Due today or before
supervise-sheet-none-today = No planned place is due.
supervise-sheet-visited = Visited
supervise-sheet-why-not = If not, why
supervise-sheet-next = Next
supervise-sheet-came = What came on { $day }
supervise-sheet-none-came = Nothing came on this day.
supervise-sheet-minutes = Minutes (median)
supervise-sheet-ask = To ask about
supervise-sheet-none-ask = No check wants an answer.
supervise-sheet-notes = Notes
supervise-sheet-more =
    { $n ->
        [one] and one more
       *[other] and { $n } more
    }
supervise-sheet-more-asks =
    { $n ->
        [one] One more is on the call-back list.
       *[other] { $n } more are on the call-back list.
    }
teams-addresses = Mail addresses (optional)
teams-addresses-what = Where the team reads what is written to it, with blanks between.
teams-bad-address = “{ $address }” is not a mail address, or is one too many.
mail-team-subject = To team { $team }: round { $round }, { $operation }
mail-team-body =
    { $text }

    Written to team { $team }, round { $round } of { $operation }. It stands on your daily sheet, too.
    { $link }
