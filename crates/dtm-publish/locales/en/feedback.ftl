# What readers say of what is published, and what officers make of it.

feedback-asked = Was this page useful to you?
feedback-useful = Yes
feedback-partly = In part
feedback-not-useful = No
feedback-correction = Something is wrong
feedback-title = Your opinion
feedback-what = Say whether these figures serve you, and what you hold for wrong. You need not say who you are, and nothing about you is kept.
feedback-about = About
feedback-first-page = the first page of the operation
feedback-thanks = Thank you. Your answer is kept.
feedback-thanks-why = Thank you: your words are with the team.
feedback-too-late = This was explained or answered already. Give a new opinion below.
feedback-why = Why, if you like
feedback-why-hint = What did you need it for? What was missing?
feedback-wrong = What is wrong?
feedback-wrong-hint = Which number or name, what it should be, and how you know. Name no persons and give no exact place of anybody in danger.
feedback-reader = Whom do you work for, if you like?
feedback-reader-none = I do not say
feedback-reader-government = Government
feedback-reader-un = United Nations
feedback-reader-ngo = Non-governmental organisation
feedback-reader-donor = Donor
feedback-reader-media = Media
feedback-reader-research = Research or teaching
feedback-reader-affected = I am concerned myself
feedback-reader-other = Other
feedback-contact = Mail address, only if you want an answer
feedback-contact-hint = It is forgotten with the answer.
feedback-send = Send
feedback-choose = What do you want to say?
feedback-bad-contact = The mail address does not look like one.
feedback-too-long = What you wrote is too long.
feedback-nothing-said = Write what is wrong.
feedback-so-far = { $n ->
    [one] One reader answered so far
   *[other] { $n } readers answered so far
 }: { $share } found it useful.
feedback-answered-in = { $n ->
    [0] Reports of errors are answered within a day, at the median.
    [one] Reports of errors are answered within one day, at the median.
   *[other] Reports of errors are answered within { $n } days, at the median.
}

# Office
feedback-tab = Readers
feedback-office-title = What readers say
feedback-office-what = Who is served by what is published, and what they hold for wrong. Opinions come from public pages without names; addresses are forgotten with the answer.
feedback-none = Nobody has said anything yet. Every public page asks its readers.
feedback-n = Opinions
feedback-share = Found it useful
feedback-share-of = of { $n } who said
feedback-open = Reports to be answered
feedback-days = Days until an answer
feedback-days-of = median of { $n }
feedback-days-none = none answered yet
feedback-by-product = By page
feedback-by-reader = By reader
feedback-reader-said = Reader
feedback-page = Page
feedback-corrections = Reports of errors
feedback-corrections-none = No report waits for an answer.
feedback-answer = Answer
feedback-answer-hint = What was found, and in which version it is mended. Goes to the reader if an address was left.
feedback-answer-send = Send the answer
feedback-wants-answer = wants an answer by mail
feedback-no-answer = left no address
feedback-answered = Answered
feedback-reasons = What readers wrote
feedback-reasons-none = Nobody wrote why.
feedback-download = Everything as CSV
feedback-said-answered = The answer is kept, and the address forgotten.
feedback-mail-subject = Your report on { $operation }
feedback-given-on = Given
feedback-kind = Opinion
