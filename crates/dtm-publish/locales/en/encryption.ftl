# Encryption of forms, in the back office.
encryption-title = Encryption
encryption-on = The operation’s key
encryption-on-what = What phones send is encrypted with it, on the phone or on its arrival. The server keeps it unread; it can be read only with the passphrase, which is kept nowhere.
encryption-since = Since
encryption-hint = Hint
encryption-hint-optional = A hint to the passphrase, for those who know it (optional)
encryption-read = Read encrypted answers
encryption-read-what = With its secret this session can read encrypted answers for { $minutes } minutes. The key stays in memory only, and every use is written to the audit log.
encryption-open-until = This session can read encrypted answers until { $at }.
encryption-passphrase = Passphrase
encryption-again = The same passphrase again
encryption-unlock = Open for this session
encryption-lock = Close now
encryption-off = The forms are not encrypted
encryption-off-what = Answers travel encrypted and are protected by accounts and roles, but the server can read them. With a key of the operation only those who know its passphrase can.
encryption-switch-on = Encrypt the forms
encryption-warning = If the passphrase is lost, so are the answers: nobody can bring them back. Checks, figures, maps and entities use only the questions that you declare readable. This cannot be switched off again.
encryption-sure = I have written the passphrase down where it is safe.
encryption-too-short = The passphrase needs at least { $n } characters.
encryption-differs = The two passphrases differ.
encryption-not-sure = Please confirm that the passphrase is written down.
encryption-wrong = This is not the passphrase of the operation’s key.
encryption-said-on = The forms are encrypted from now on. Phones fetch them anew.
encryption-said-unlocked = Encrypted answers can be read in this session.
encryption-said-locked = Encrypted answers are closed again.
encryption-shown = These answers were encrypted; you read them with the key. This is in the audit log.
encryption-go-unlock = Open them with the key
encryption-unsigned = The phone did not sign what was found here: a file is missing or was exchanged.
encryption-wrong-key = This is not the private key that belongs to this public key (PKCS#8, PEM).
encryption-any-open = This session can read encrypted answers. Lists, records and downloads of this session show them.
encryption-own = A key that a form brought with it
encryption-own-what = The private key is with whoever wrote the form. The server does not have it, and forgets it again after use.
encryption-private-key = The private key (PEM)
encryption-forms-now = Forms with this key
encryption-key-id = Number of the key
encryption-forms-what = A form without readable questions is encrypted on the phone. Where some questions are readable, the server encrypts the others at the moment they arrive, before anything is written down.
encryption-how-phone = Encrypted on the phone
encryption-how-not = Not encrypted
encryption-how-arrival = { $n ->
    [one] Encrypted on arrival; one question stays readable
   *[other] Encrypted on arrival; { $n } questions stay readable
}
encryption-how-later = { $n ->
    [one] Not encrypted yet, for want of a key; one question is declared readable
   *[other] Not encrypted yet, for want of a key; { $n } questions are declared readable
}
encryption-noticed = What the form says about these answers
encryption-noticed-what = Only you see this; it is stored nowhere.
encryption-data-closed = Some answers of this form are encrypted and stay empty here and in downloads, until you open them.
encryption-data-open = Encrypted answers are open in this session, here and in downloads. Each use is in the audit log.
readable-title = Readable questions
readable-lead = Answers to the questions ticked here stay readable for reviewers, checks and figures. All others are encrypted when they arrive, with their photos and files.
readable-what = Tick what rounds and figures need, the place and the numbers, and leave out whatever leads to a person: names, telephone numbers, positions of homes, photos. A draft of the form is made; the choice holds for what is filled in once it is published.
readable-of-draft = of the draft
readable-saved = saved to an entity list, which is not encrypted: left out there unless it is readable
readable-save = Make a draft with this choice
readable-said = A draft with your choice of readable questions was made. Try it out, then publish it under a new version.
readable-n = { $n ->
    [0] No question is declared readable: with a key, the form is encrypted on the phone
    [one] One question is readable
   *[other] { $n } questions are readable
}
opened-title = Check all opened records
opened-lead = Holds the encrypted records of this form against its own rules, as is done for others when they arrive.
opened-what = Up to 2,000 records are opened in one go, in memory only, and the use is written to the audit log. What is shown here is for you; answers are stored nowhere. Where the server encrypts on arrival, it is noted for reviewers which rule was broken at which question, without the answer.
opened-do = Check the records
opened-again = Begin again
opened-more = Go on
opened-more-what = There are more records. The next go begins after the last one looked at.
opened-closed = The answers are closed to this session.
opened-summary = { $n ->
    [one] One record was opened and checked.
   *[other] { $n } records were opened and checked.
}
opened-passed = { $n ->
    [one] One was passed over: it is not encrypted, not complete, or for another key.
   *[other] { $n } were passed over: they are not encrypted, not complete, or for another key.
}
opened-none = The rules of the form find nothing to say.
opened-rules = How often each rule was broken at each question
opened-rule = Rule
opened-n = Times
opened-first = One by one, the first 200
