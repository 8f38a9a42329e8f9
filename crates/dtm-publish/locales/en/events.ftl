# Emergency events: reports put together, alerts, decisions.

events-title = Events
events-lead = What event tracking forms report between rounds. An event explains a part of a round’s change; it is never added to a stock.
events-event = Event
events-none = No event fits. Reports of an event tracking form become events within seconds of their arrival.
events-state-open = Open
events-state-closed = Closed
events-state-all = All
events-list-open = Open events
events-list-closed = Closed events
events-list-all = All events
events-in = Events in { $area }
events-closed = closed
events-best = Persons displaced
events-low = Of these checked
events-high = At most
events-range = { $low } – { $high }
events-range-what = Persons: the last report of every place, places added up. The lower number counts only what a reviewer approved; the higher takes of every place the report that says most.
events-households = Households
events-places = Places
events-reports = Reports
events-persons = Persons
events-cause = Cause
events-where = Where it happened
events-when = When
events-known = What is known
events-timeline = Timeline
events-day = Day
events-by-then = Persons known by then
events-chart = Persons known by the end of each day
events-chart-what = { $event }: the number of displaced persons known by the end of each day with a report. The same numbers stand in the table below.
events-came-to = Where people came to
events-last-report = Last report
events-happened = Happened
events-source = Known from
events-checked = checked
events-unchecked = not checked
events-reports-n =
    { $n ->
        [one] one report
       *[other] { $n } reports
    }
events-unchecked-n =
    { $n ->
        [one] one not checked
       *[other] { $n } not checked
    }
events-unchecked-long =
    { $n ->
        [one] One report is not checked yet: open it below and review it.
       *[other] { $n } reports are not checked yet: open them below and review them.
    }
events-all-checked = Every report is checked.
events-place-unregistered = { $name } (not registered)
events-place-area = Area only
events-by-area = Where people came to, by area
events-came = Persons
events-came-unchecked = Of these not checked
events-never-added = These numbers stand beside the rounds’ figures and are not part of them.
events-alerts = Alerts
events-alert-open = open
events-alert-seen = seen to
events-alert-see = I have seen to it
events-alert-unsee = Open again
events-alerts-n =
    { $n ->
        [one] One alert that nobody has seen to
       *[other] { $n } alerts that nobody has seen to
    }
events-decide = Decide
events-name = Name
events-name-what = Without one, it is called by its cause and area.
events-name-do = Save the name
events-merge = This event and
events-merge-what = are one and the same. Their reports stay together, whatever comes later; this can be taken back.
events-merge-do = Make one of them
events-split = Make an event of the ticked reports
events-split-what = Tick the reports that are about something else.
events-close = Close the event
events-close-what = A closed event raises no alerts. Its reports and figures stay.
events-close-why = Why it is over
events-reopen = Open it again
events-reopen-why = Why it goes on
events-decided = Decisions
events-undo = Take back
events-undone = Taken back:
events-did-named = Named “{ $name }”
events-did-unnamed = Name removed
events-did-merged =
    { $n ->
        [one] Made one with another event
       *[other] Made one with another event: { $n } reports together
    }
events-did-split =
    { $n ->
        [one] One report set apart
       *[other] { $n } reports set apart
    }
events-did-closed = Closed. { $reason }
events-did-reopened = Opened again. { $reason }
events-said-named = The name is saved.
events-said-merged = The two events are one now.
events-said-split = The ticked reports are an event of their own.
events-said-closed = The event is closed.
events-said-reopened = The event is open again.
events-said-undone = The decision was taken back.
events-said-seen = The alert is marked as seen to.
events-said-unseen = The alert is open again.
events-said-rules = The rules are saved; the events are put together by them.
events-rules = Thresholds and grouping
events-rules-what = An alert is raised within seconds when an event reaches a number, once for each. Reports count as soon as they arrive, checked or not.
events-rules-standard = Go back to the standard thresholds
events-rule-measured = What is counted
events-rule-steps = Alert at
events-rule-days = Within days
events-rule-cause = Only this cause
events-rule-area = Only this area (p-code)
events-rule-add = Add a threshold
events-rule-save = Save
events-rule-drop = Remove
events-rule-number = Write whole numbers without separators, with blanks between them.
events-rule-measure = Choose what is counted.
events-measure-persons = Persons displaced
events-measure-households = Households displaced
events-measure-places = Places people came to
events-measure-reports = Reports received
events-measure-new-persons = More persons within some days
events-grouping = How reports are put together
events-grouping-what = Reports of one cause, within some days and in one area or near each other, are one event; what you decided on the page of an event comes first.
events-grouping-days = Days between reports, at most
events-grouping-level = Level of the area
events-grouping-near = Metres between places of two areas, at most
events-beside = Events since round { $label }
events-beside-what = What events reported, beside the change of the figures. Nothing of it is added.
events-reported = Reported
events-explained = Explained
events-residual = Change not explained
events-not-found = Reported, not found
events-beside-nothing = not counted anew
events-mails = Who gets alerts by mail
events-mails-what = The mail says which event, which threshold and the numbers with their range; nothing about single people or places.
events-mails-off = This server sends no mail; the addresses are kept for when it does.
events-mail-address = Mail address
events-mail-lang = Language
events-mail-add = Add
mail-alert-subject = { $operation }: { $event } – { $alert }
mail-alert-body =
    { $event }
    { $alert }

    Displaced persons: { $best } by the last reports; { $low } checked, { $high } at most.
    These numbers stand beside the rounds’ figures and are not part of them.

    { $link }
