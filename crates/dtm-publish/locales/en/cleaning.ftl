# Checks, rules, the cleaning log and calling back.

checks-tab = Checks
checks-roles-title = What the questions stand for
checks-roles-lead = The checks need to know which question says who asked, when and where. What is chosen here holds for every version of the form.
checks-roles-guessed = So far their names and types tell.
checks-no-question = No question
checks-suggested = The names suggest: { $question }
checks-dont-know = Names of the choices «don’t know» and «prefer not to say»
checks-dont-know-what = As in the form’s list of choices, with blanks between.
checks-least-minutes = Least minutes of an interview
checks-most-minutes = Most minutes of an interview
checks-others = «Other» and its words
checks-others-what = For each question with a choice «other», the question that asks for the words.
checks-reason = Why
checks-save = Save
checks-to-guess = Back to what the names tell
checks-no-reason = Say in a few words why: it stays in the history.
checks-changed-since = Somebody else chose meanwhile. What stands now is shown; choose again.
checks-bad-number = A number is out of its bounds. Nothing was changed.
checks-said-chosen = Saved. Open rounds are checked again within a minute.
checks-history = Earlier choices
checks-version = Version { $n }
checks-current = now
checks-return = Return to this
checks-return-reason = Returned to version { $n }
checks-thresholds-title = Thresholds of the checks
checks-thresholds-lead = From where on something is odd in this operation. A product that rests on other values than the usual ones says so.
checks-usual = Usually { $n }

log-title = Cleaning log
log-n =
    { $n ->
        [0] No entry yet
        [one] One entry
       *[other] { $n } entries
    }
log-disputes = Changed by two people
log-disputes-what = Somebody brought a change to an answer that another had changed meanwhile. Nothing is lost: choose which holds.
log-seen = What they saw
log-now = What stands
log-wanted = What they want
log-keep = Keep what stands
log-take = Take the other
log-was-taken = The other was taken
log-was-kept = What stood was kept
log-out = Take it along
log-out-what = One line for each answer that is another now, in the columns that IMPACT and REACH keep. Fill in change_type and new_value, and bring it back.
log-xlsx = Log (Excel)
log-csv = Log (CSV)
log-all-xlsx = Every entry (Excel)
log-all-csv = Every entry (CSV)
log-answers = Answers with the log applied
log-answers-what = Clean data are what arrived and the log. What is asked in repeats is not in these tables.
log-clean-csv = clean (CSV)
log-clean-xlsx = clean (Excel)
log-raw-csv = as it arrived (CSV)
log-in = Bring a filled log
log-in-what = Nothing is changed yet: first you see what fits and what does not.
log-file = The log (Excel or CSV)
log-look = Look at it
log-no-file = Choose a file first.
log-batches = Logs that were brought, and decisions about many records
log-batch-open = to be looked at
log-batch-applied = applied
log-batch-undone = taken back
log-kind-log = Cleaning log
log-kind-proposals = Proposals of checks
log-kind-recoding = Recoding of «other»
log-entries = Entries
log-undo = Take back
log-all = All entries, the newest first
log-change = Change
log-who = Who and when
log-change-change-response = Answer changed
log-change-blank-response = Answer emptied
log-change-remove-survey = Record taken out
log-change-restore-survey = Record taken back in
log-change-no-action = Looked at, left as it is
log-would = What it would do
log-already-so = Say what is so already
log-undecided = Not decided yet
log-overtaken = Changed by somebody else meanwhile
log-overtaken-what = These are not applied. Both answers are kept, and an officer chooses.
log-problems = Do not fit
log-problems-what = These lines change nothing. Mend them in the sheet and bring it again: what was applied is not applied twice.
log-apply = Apply what fits
log-drop = Drop it
log-fits = What fits
log-row = Row
log-gone = The sheet is no longer here. Bring it again.
log-said-applied = { $n } entries are in the log; { $m } wait for a choice between two answers.
log-said-undone = { $n } entries were taken back; { $m } stay, as somebody spoke since.
log-said-dropped = The log was dropped. Nothing was changed.
log-said-settled = Chosen. Both answers stay in the history.

findings-proposal = Proposed
findings-other = The other record
findings-take = Take the ticked proposals
findings-said-reopened = { $n ->
    [0] Nothing was to be opened again.
    [one] One finding is open again.
   *[other] { $n } findings are open again.
}
findings-reopen = Open again
findings-by-check = By check
findings-check = Check
findings-weight = Weight
findings-open = Open
findings-resolved = Resolved
findings-every-check = All checks
findings-resolve-all = { $n ->
    [one] Resolve the open one
   *[other] Resolve all { $n } open ones
}
findings-resolve-all-what = One note for all of them; what was noticed anew since this page was loaded is among them. It can be taken back.
findings-take-out = take the record out
findings-taken-reason = as the check proposes
findings-said-taken = { $n } proposals are in the cleaning log; { $m } were not taken, as the answers are others now.
others-title = «Other» to be recoded
others-lead = What stays under «other» is in no table. Tick the words that mean the same, and say what they mean; all of it can be taken back in the cleaning log.
others-none = Nothing stands under «other».
others-do = The ticked words mean
others-choice = A choice there is
others-to-choice = Recode
others-else = None of the choices
others-name = Name of a new choice, without blanks
others-to-new = Make it a choice
others-invalid = They mean nothing
others-nothing = Tick at least one line, and say what it means.
others-reason = «other» given its place
others-more = More words stand under «other»; they follow once these have their place.
others-said =
    { $n ->
        [one] One record was recoded. The cleaning log can take it back.
       *[other] { $n } records were recoded. The cleaning log can take it back.
    }
calls-title = To call back
calls-lead = Records with something to be confirmed, and what to ask. Telephone numbers show to those whose role reaches them; that they were seen stays in the audit log.
calls-xlsx = As a sheet (Excel)
calls-none = Nobody has to be called.
calls-more = Only the first 500 records are listed.
calls-who = Whom
calls-telephone = Telephone
calls-weight = Weight
calls-ask = What to ask
calls-answer = Answer
rules-tab = Own rules
rules-title = Your own rules
rules-lead = What you know of the place and the form, written down: each submission is held against it when it arrives, when it is corrected, and when the rules change.
rules-none = No rule yet.
rules-bring = Bring a sheet
rules-columns = One rule a line: id, severity (note, confirm, block), flag_when (true where something is wrong, in the form’s language: ${ "{" }ind{ "}" } < ${ "{" }hh{ "}" }), question, label and why in each language, action and new_value.
rules-template = An empty sheet
rules-file = The rules (Excel or CSV)
rules-put = Put these rules
rules-refused = The sheet was not taken: some of it makes no sense. Nothing was changed.
rules-problems = What makes no sense
rules-said-put = The rules hold. Open rounds are checked again within a minute.
rules-action-ask = ask
rules-action-change-response = correct the answer
rules-action-blank-response = empty the answer
rules-action-remove-survey = take the record out

reviewing-title = Review
reviewing-map = Where the records are
reviewing-map-desc = { $n ->
    [one] One record on the map.
   *[other] { $n } records on the map.
}
reviewing-every-state = All
reviewing-record-pages = From record to record
reviewing-next = Next
reviewing-previous = Previous
reviewing-keys = Keys
reviewing-keys-what = With the key by which your browser reaches access keys (Alt, or Alt and Shift): j next, k previous, a approve, i something to ask, r reject. A decision leads to the next record, and can be taken back.
reviewing-overtaken = { $n ->
    [one] One was changed by somebody else meanwhile and stays as they left it.
   *[other] { $n } were changed by somebody else meanwhile and stay as they left them.
}
reviewing-overtaken-title = While you looked at this record, somebody else changed it. Nothing of yours is done yet, and nothing is lost.
reviewing-overtaken-wanted = What you wanted
reviewing-all-the-same = Do it all the same
reviewing-leave-it = Leave it as it is

line-kept = There is no line. Your decision is kept on this device and goes out by itself when the line is back.
line-waiting = {"{n}"} decisions wait on this device for the line.
line-waiting-one = One decision waits on this device for the line.
line-sent = {"{n}"} decisions that had waited were sent.
line-sent-one = One decision that had waited was sent.
line-refused = Not done, as the record changed meanwhile:
line-look = Look and decide
line-away = There is still no line.
line-sign-in = Sign in again: then what waits on this device is sent.
line-take = Take these records along, to review without a line
line-taking = The records are being fetched.
line-taken = This page and {"{n}"} records are kept on this device until you sign out.
line-taken-one = This page and one record are kept on this device until you sign out.
