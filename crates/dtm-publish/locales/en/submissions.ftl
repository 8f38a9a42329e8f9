# Submissions in the back office: list, review, versions, files.
office-sub-n = { $n ->
    [0] None
    [one] { $n } submission
   *[other] { $n } submissions
 }
office-sub-received = received
office-sub-has-issues = has issues
office-sub-edited = edited
office-sub-approved = approved
office-sub-rejected = rejected
office-sub-state = Review
office-sub-round = Round
office-sub-all = All
office-sub-any = Any question
office-sub-answer-to = Question
office-sub-answer-is = Answer
office-sub-mine = For me to review
office-sub-in-trash = In the trash
office-sub-filter = Filter
office-sub-filter-do = Show
office-sub-filter-none = Show all
office-sub-none = Nothing has been sent for this form yet.
office-sub-none-fit = No submission fits.
office-sub-tick = Tick
office-sub-ticked = Those ticked:
office-sub-from = From
office-sub-newest = Newest
office-sub-older = Older
office-sub-missing = { $n ->
    [one] { $n } file missing
   *[other] { $n } files missing
 }
office-sub-rule = What counts in figures
office-sub-rule-all = Every submission counts unless it is rejected.
office-sub-rule-approved = Only approved submissions count.
office-sub-rule-set-all = Let all count that are not rejected
office-sub-rule-set-approved = Let only approved ones count
office-sub-rule-saved = Saved. Settle the round again to see the effect.
office-sub-reviewed = { $n ->
    [one] { $n } submission was reviewed.
   *[other] { $n } submissions were reviewed.
 }
office-sub-review = Review
office-sub-reviewer = Reviewer
office-sub-nobody = Nobody yet
office-sub-assign-do = Save
office-sub-assigned = Saved who shall review it.
office-sub-comment = Comment
office-sub-comments = Comments
office-sub-no-comments = Nobody has written anything.
office-sub-comment-do = Write
office-sub-commented = Your comment is stored.
office-sub-no-comment = Write something first.
office-sub-versions = Versions
office-sub-version-first = First version
office-sub-version-edit = Edit
office-sub-version-current = newest
office-sub-changed = { $n ->
    [0] nothing changed
    [one] { $n } change
   *[other] { $n } changes
 }
office-sub-was = Before
office-sub-is = After
office-sub-turn = a turn
office-sub-file-missing = not here yet
office-sub-file-extra = came along; the form does not name it
office-sub-history = History
office-sub-trash-do = Move to the trash
office-sub-trash-what = It then counts nowhere. It can be taken back for 30 days; after that it is removed for good.
office-sub-trashed = It lies in the trash.
office-sub-trashed-until = In the trash since { $at }. Removed for good 30 days later.
office-sub-restore = Take it back
office-sub-restored = It is back.
office-sub-back-in = Take the record back in
office-sub-was-back-in = The record was taken back in
office-sub-in-turn = { $label }, { $turn }
office-sub-no-round = It belongs to no round, so it counts in no figure and has no cleaning log. It can be edited.
office-sub-draft = It tries out a form that is not published yet, and counts nowhere.
office-sub-act-received = arrived
office-sub-act-edited = edited
office-sub-act-reviewed = reviewed
office-sub-act-assigned = given to a reviewer
office-sub-act-commented = commented
office-sub-act-files = files changed
office-sub-act-deleted = moved to the trash
office-sub-act-restored = taken back from the trash
office-sub-act-seen = looked at
office-sub-none-ticked = Tick at least one submission first.
office-sub-review-undone = { $n ->
    [0] Nothing could be undone: it was too long ago, or something else was done to them since.
    [one] Undone: { $n } submission is as it was before.
   *[other] Undone: { $n } submissions are as they were before.
 }
office-sub-tick-all = Tick all on this page
office-sub-tick-none = Tick none
office-sub-do-approve = Approve
office-sub-do-issues = Has issues
office-sub-do-reject = Reject
office-sub-do-received = As received
office-sub-edit-do = Edit the answers
office-sub-edit-what = Opens the form with these answers; what you send becomes a new version, and the earlier one stays.
office-sub-rules-said = What the form’s own rules say about it
