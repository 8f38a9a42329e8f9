# How far the checks are with a round, and the list of all checks.
checking-title = How far the checks are
checking-now = Now
checking-stopped = stopped
checking-stopped-what = Nothing of this round is checked until somebody lets the checks go on. What they have done stays done.
checking-since = Since
checking-done = { $n } of { $all } records
checking-rests = Everything that came is checked. Whatever comes, and whatever is changed about rules and thresholds, is checked within a minute.
checking-closed = This round is closed. It is checked again when somebody settles it.
checking-stop = Stop the checks
checking-stop-what = They stop after the portion they are at, and go on from there. Submissions are taken all the same.
checking-resume = Let them go on
checking-look = Look again
checking-runs = Last runs
checking-runs-what = What became of the findings: new ones, and those that are no longer found.
checking-no-runs = The checks have not gone over this round yet.
checking-same = no change
checking-changed = { $new } new, { $gone } gone
checking-by-itself = by itself
checking-cut = came to no end
checking-by-check = By check
checking-check = Check
checking-new = New
checking-gone = Gone
checking-choices = What was changed lately
checking-said-stopped = The checks of this round stop.
checking-said-resumed = The checks go on within a minute.
checks-all-title = Checks
checks-all-lead = What is looked at in every record and in all of them together, and why. Where a number decides, it can be set for this operation.
checks-example = Example
checks-without = Checks without a threshold
checks-without-what = These need no number: something is so, or it is not.
audit-checks-stopped = Checks of a round stopped
audit-checks-resumed = Checks of a round resumed
rules-try = Try it first
rules-try-what = To try shows what the rules find among the last records, and keeps nothing; no reason is asked for.
rules-tried = What these rules find
rules-tried-what = Nothing was kept: put the sheet when they find what you mean.
rules-tried-on = { $n ->
    [0] No record to try them on yet.
    [one] Tried on one record.
   *[other] Tried on the last { $n } records.
}
rules-tried-found = { $n ->
    [0] finds nothing
    [one] finds one
   *[other] finds { $n }
}
