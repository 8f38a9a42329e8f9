# Mappings: which question feeds which indicator, and how its words translate.

mapping-title = Mapping
mapping-all = Mappings
mapping-tables = Imported tables
mapping-lead = Which question or column feeds which indicator, and what its answers become.
mapping-none-yet = No version is kept yet: what is shown was drafted from names, tags and labels.
mapping-version-by = Version { $n }, { $by }, { $when }
mapping-by-draft = drafted by the program
mapping-versions = Versions
mapping-download = Download (TOML)
mapping-fact-fed = Indicators fed
mapping-fact-unfed = Core indicators not fed
mapping-fact-used = Questions read
mapping-fact-unused = Questions unused
mapping-fact-open = Answers not translated
mapping-fact-problems = Problems
mapping-n-of = { $n } of { $all }
mapping-no-forms = No form and no imported table yet.
mapping-no-records = No record came yet: answers are counted once some have.
mapping-sample-all = Answers are counted in { $n ->
    [one] the one record
   *[other] all { $n } records
} of round { $label }.
mapping-sample-newest = Answers are counted in the newest { $n ->
    [one] record
   *[other] { $n } records
} of round { $label }.
mapping-answers-hidden = Your role shows a part of the answers only: answers and rows are left out here.
mapping-problems = What does not fit
mapping-draft-shown = This is a draft. Look through it, try it, and keep it.
mapping-unsaved = These changes are not kept yet.
mapping-nothing-changed = Nothing is changed so far.
mapping-reason = Why (stays in the history)
mapping-keep = Keep as a new version
mapping-discard = Discard the changes
mapping-try = Try it
mapping-no-reason = Say why: it stays in the history.
mapping-refused = The mapping is not kept: something in it does not fit.
mapping-no-file = There was no readable text file.
mapping-bad-age = Ages are written 0, 1-5 or 60+.
mapping-kept-since = Somebody else kept another version meanwhile: { $version } («{ $reason }»). What you changed is still here. Look at what they changed below; if you keep yours now, it takes the place of theirs.
mapping-said-kept = Version { $n } is kept. Open rounds settle with it within a minute.
mapping-said-same = Nothing was different: no new version.

mapping-trial = What would come out
mapping-tried-all = Tried on { $n ->
    [one] the one record
   *[other] all { $n } records
} of round { $label }; nothing is kept.
mapping-tried-newest = Tried on the newest { $n ->
    [one] record
   *[other] { $n } records
} of round { $label }; nothing is kept.
mapping-rows-changed = { $n ->
    [0] No record says anything else than with the mapping in force.
    [one] One record says something else than with the mapping in force.
   *[other] { $n } records say something else than with the mapping in force.
}
mapping-placed = Records with a known place and day: { $before } with the mapping in force, { $after } with this one.
mapping-figures = Figures of the round
mapping-figures-settled = What the round would settle on, with all its forms, corrections and carried figures.
mapping-figures-sums = The round is too large to settle for a trial: these are sums over the records tried.
mapping-keeps-figures = The round is cleared: it keeps its figures until a new version of it is made.
mapping-no-figures = Nothing is counted.
mapping-indicator = Indicator
mapping-in-force = In force
mapping-this-one = This one
mapping-unchanged = same
mapping-from-area = from { $area }
mapping-from-nowhere = origin unknown
mapping-notices = What is noticed
mapping-noticed = Remark
mapping-rows = Some records and what comes out of them
mapping-row-changed = changes
mapping-row-nothing = Nothing is counted.
mapping-no-place = Record without a known place

mapping-questions = Questions
mapping-list-all = All
mapping-list-used = Read
mapping-list-unused = Unused
mapping-search = Find a question
mapping-find = Find
mapping-no-questions = No question here.
mapping-type-number = number
mapping-type-date = date
mapping-type-position = position
mapping-type-one = one choice
mapping-type-several = several choices
mapping-type-file = file
mapping-type-text = text
mapping-type-column = column
mapping-in-repeat = asked again and again in { $repeat }
mapping-personal = Restricted or about persons: no answers are shown.
mapping-why-name = drafted by its name
mapping-why-hxl = drafted by its HXL tag
mapping-why-label = drafted by its label: look at it
mapping-why-hand = chosen by hand
mapping-take = Remove
mapping-by-name = Not counted, yet found by its name: { $indicator }
mapping-open = Change
mapping-open-question = Change what { $question } feeds
mapping-close = Close
mapping-give = Let it feed
mapping-read-as = Read as
mapping-choose = Choose
mapping-core = Core of { $tool }
mapping-of-place = Place and day
mapping-of-groups = Population groups
mapping-of-voices = Who told us, and sampled households
mapping-reliability-low = little
mapping-reliability-medium = somewhat
mapping-reliability-high = very
mapping-counts-of-people = Other counts of people
mapping-other-numbers = Other numbers
mapping-count-of = Of a count, say whom it counts; without a group the usual one of the indicator is taken.
mapping-group = Group
mapping-sex = Sex
mapping-everybody = everybody
mapping-age = Ages
mapping-add = Add
mapping-take-over = Apply

mapping-words = Answers and what they become
mapping-words-what = What nobody translated stands first. Choose a word, apply, try, then keep.
mapping-open-n = { $n ->
    [one] one answer not translated
   *[other] { $n } answers not translated
} (× { $records })
mapping-blank-n = { $n ->
    [0] Answered in every record.
    [one] One record answers nothing.
   *[other] { $n } records answer nothing.
}
mapping-areas-n = { $n ->
    [one] One answer names an area as areas are called.
   *[other] { $n } answers name areas as areas are called.
}
mapping-more-answers = { $n ->
    [one] One more answer is not listed.
   *[other] { $n } more answers are not listed.
}
mapping-answer = Answer
mapping-met = Records
mapping-becomes = Becomes
mapping-open-answer = open
mapping-not-translated = not translated
mapping-always = Every place is a
mapping-otherwise = Answers not translated become
mapping-blank = No answer becomes
mapping-nothing = nothing
mapping-fold-case = capitals do not matter
mapping-fold-blanks = blanks do not matter
mapping-fold-accents = accents do not matter
mapping-kind-site = site
mapping-kind-host-community = host community
mapping-kind-flow-point = flow monitoring point
mapping-presence-yes = yes, it is there
mapping-presence-no = no, it is absent

mapping-unfed = Core indicators that nothing feeds
mapping-unfed-what = A question may ask for it under another name: find it above and let it feed the indicator. Not every form asks everything.
mapping-all-fed = Every Core indicator of this tool is fed or asked by its name.
mapping-unfed-other = Core of other tools
mapping-settings = Further settings
mapping-name = Name of the mapping
mapping-date-otherwise = Day of assessment where none is answered
mapping-without-ssid = Where no id of the place is answered, its area and name stand in
mapping-only-as-reported = Males and females only as reported, not summed up from cells of sex and age
mapping-as-text = As text, for experts
mapping-text-what = The mapping as it is kept (TOML). What is typed here counts; comments stay until something is changed above.
mapping-toml = Mapping (TOML)
mapping-look = Look at what I typed
mapping-draft-anew = Draft anew
mapping-bring = Bring a file
mapping-file = Mapping (TOML file)
mapping-bring-do = Show it here

mapping-compare = Compare
mapping-compare-from = From version
mapping-compare-to = To version
mapping-between = From version { $from } to version { $to }
mapping-no-differences = They say the same.
mapping-what-changed = What it changed
mapping-more-changes = { $n ->
    [one] and one more
   *[other] and { $n } more
}
mapping-return = Return to version { $n }
