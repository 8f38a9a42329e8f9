# Verification of a round: sources beside each other, decisions, household sizes, sample sheets, signatures.

verify-title = Verification
verify-lead = What the sources say of each place, and which figure stands. Where they disagree, you decide; each decision is taken back with a click.
verify-cleared = The round is cleared: nothing changes here until it is moved back, with a reason.
verify-states = How the figures were reached
verify-state = State
verify-state-reported = Reported
verify-state-triangulated = Triangulated
verify-state-carried = Carried
verify-state-estimated = Estimated
verify-places = Places
verify-share = Share of IDPs
verify-tab-open = To settle
verify-tab-settled = Settled
verify-tab-households = Household sizes
verify-tab-sheets = Sample sheets
verify-tab-areas = To sign
verify-tab-rules = Choices
verify-none-open = Nothing is open: no sources disagree, and nobody is to be asked again.
verify-none-settled = No place has more than one source.
verify-open = sources disagree
verify-open-n =
    { $n ->
        [one] one open question
       *[other] { $n } open questions
    }
verify-apart = They lie { $n } apart ({ $share } of the larger).
verify-size-used = Persons are households times { $size } ({ $from }).
verify-drawing = What the sources say of { $place }
verify-drawing-what = A dot for each source, filled where the figure rests on it; the bar goes from low to high, the mark is the best figure. The same numbers stand beside.
verify-range = { $low } – { $best } – { $high }
verify-range-what = low, best and high of all places together; errors of different places are taken to be unrelated, so their squares add up
verify-kind = Kind of source
verify-kind-record = Form
verify-kind-key-informant = Key informant
verify-kind-observation = Seen or counted by the team
verify-kind-registration-list = Registration list
verify-kind-partner = Partner’s figure
verify-kind-call = Telephone call
verify-kind-other = Other source
verify-name = Organisation, or DTM’s own id of the informant
verify-basis = What the number rests on
verify-basis-list = a list
verify-basis-count = a count
verify-basis-estimate = an estimate
verify-basis-hearsay = what others said
verify-nearness = How near the source is
verify-nearness-resident = lives in the place
verify-nearness-visitor = comes often
verify-nearness-neighbouring = lives in the same commune
verify-nearness-remote = farther away, or by telephone
verify-standing-counted = counts
verify-standing-disputed = in dispute
verify-standing-set-aside = set aside
verify-standing-replaced = replaced by a later one
verify-standing-repeated = says the same again
verify-credibility = credibility { $n }
verify-weight = weight { $n }
verify-why = Why this credibility
verify-mark-role = role
verify-mark-proximity = nearness
verify-mark-balance = balance of those heard
verify-mark-basis = basis of the number
verify-mark-reliability = reliability, as the interviewer found
verify-mark-history = earlier figures borne out
verify-mark-line = { $what }: { $mark } (weight { $weight })
verify-households-n =
    { $n ->
        [one] one household
       *[other] { $n } households
    }
verify-from-households = persons estimated from households
verify-take = Take this
verify-combine = Take what they say together
verify-ask = Ask again
verify-enter = Enter a figure
verify-enter-what = The figure is marked as estimated, with your reason.
verify-best = Persons
verify-low = Low
verify-high = High
verify-reason = Why
verify-add = Add a source
verify-add-any = Add a source for a place
verify-add-what = Persons or households or both. Name an organisation or an id, never a person.
verify-day = Day it speaks of
verify-drop-source = Take the source away
verify-undone = Taken back
verify-source-undone = { $kind }: { $n }
verify-did-take = Decided: one source was taken.
verify-did-combine = Decided: what all sources say together was taken.
verify-did-ask = To be asked again: the place is on the call-back list.
verify-did-enter = Decided: { $n } was entered. { $why }
verify-sizes-what = Where only households were counted, persons are households times the average household: of the place where it is known, drawn to that of the area above it.
verify-sizes-none = Persons were counted everywhere.
verify-size = Persons a household
verify-size-from = Known from
verify-size-from-place = the place
verify-size-from-admin2 = area of level 2
verify-size-from-admin1 = area of level 1
verify-size-from-country = the country
verify-sheets-what = Sampled households by sex and age. Their shares are laid over the place’s total, so that the cells add up; a sheet that is too small borrows from its area.
verify-sheets-none = No form of this round has a sample sheet. A mapping names it under [sample].
verify-sheet-state = Sheet
verify-sheet-off =
    { $n ->
        [one] one household does not add up
       *[other] { $n } households do not add up
    }
verify-sheet-small = too small
verify-sheet-good = adds up
verify-sheet-from = Shares from
verify-sheet-reported = cells were reported
verify-signed = Signed
verify-is-signed = signed
verify-is-stale = changed since it was signed
verify-not-signed = not signed
verify-sign = Sign for the ticked areas
verify-sign-note = Wanted where an area has open questions: why it is signed with them.
verify-sign-wanted = The round is cleared once every area is signed. A signature is of the figures as they stand: if they change, it no longer holds.
verify-sign-not-wanted = Signatures are kept, and do not bar the way: under Choices you can have the round wait for them.
verify-withdraw = Withdraw a signature
verify-rules-what = For all rounds of this exercise. Rounds that are open are settled again by them a moment later.
verify-every-record = Every record of a place is a source of its own; else the latest speaks, unless the mapping tells who each is from
verify-households = Estimate persons where only households were counted
verify-sign-off = A round is cleared only once every area is signed
verify-level = Level of the areas that are signed
verify-share-apart = Sources disagree from this share apart (%)
verify-persons-apart = and more than so many persons
verify-choose = Choose
verify-heard = { $kind }: { $n } ({ $on }; credibility { $credibility }, weight { $weight }; { $standing })
verify-explained = Places with several sources, or estimated
verify-said-added = The source is added.
verify-said-decided = The decision is kept.
verify-said-undone = It is taken back.
verify-said-signed =
    { $n ->
        [0] These areas were signed already.
        [one] One area is signed.
       *[other] { $n } areas are signed.
    }
verify-said-withdrawn = The signature is withdrawn.
verify-said-chosen = The choice is kept.
round-step-signed = Every area is signed
audit-checks-verification-chosen = Choices about verification
audit-verification-source-added = Source of a place added
audit-verification-decided = Decision between sources
audit-verification-undone = Source or decision taken back
audit-area-signed = Area signed
audit-area-unsigned = Signature withdrawn
rest-tag-verification = Verification
rest-op-show-verification = How a round was verified: states, places with their sources, areas with their signatures
rest-op-add-source = Add a source of a place: a partner’s figure, a registration list, a call
rest-op-decide-place = Decide about a place: take a source, combine all, ask again, enter a figure
rest-op-undo-verification = Take a source or a decision back
rest-op-sign-areas = Sign for the figures of areas as they stand
rest-op-withdraw-signature = Withdraw the signature of an area, with a reason
rest-op-show-verification-rules = How the rounds of an exercise are verified
rest-op-set-verification-rules = Choose how the rounds of an exercise are verified, with a reason
rest-problem-409-48 = That does not fit the verification; the message says what is in the way.
rest-param-entry = Id of the source or decision
rest-param-area = P-code of the area
