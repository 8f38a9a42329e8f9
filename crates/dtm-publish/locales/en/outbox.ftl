# Messages to the outside: mails, systems that are told, passwords by mail.
outbox = Messages
outbox-what = Mails, and calls of other systems. What is hindered is tried again for a day, then given up.
outbox-counts = { $waiting } waiting · { $up } given up · { $sent } sent in the last 30 days
outbox-waiting = Waiting
outbox-none-waiting = Nothing waits.
outbox-given-up = Given up
outbox-given-up-what = These were not delivered. Mend the cause, then send them again.
outbox-sent = Sent
outbox-next = next try
outbox-tries = { $n ->
    [0] not tried yet
    [one] tried once
   *[other] tried { $n } times
}
outbox-retry = Send again
outbox-retry-all = Send all again
outbox-drop = Drop
outbox-retried = { $n ->
    [one] One message is sent again.
   *[other] { $n } messages are sent again.
}
outbox-dropped = The message is dropped.
outbox-hook-gone = a system that was removed
outbox-answered = { $what } ({ $answer })
outbox-kind-mail = Mail
outbox-kind-reset = Link to set a password
outbox-kind-invitation = Invitation
outbox-kind-hook = Call of a system
outbox-problem-unreachable = the other side cannot be reached
outbox-problem-not-private = the mail server offers no trustworthy encryption
outbox-problem-not-let-in = the mail server refuses our name and password
outbox-problem-later = the mail server takes it later
outbox-problem-never = the mail server will not take it
outbox-problem-refused = the system refuses it
outbox-problem-no-mail = no mail server is set
outbox-problem-no-key = this server’s key is another one now
outbox-problem-address = the address is not understood
outbox-problem-not-public = the address is of this server’s own network
outbox-problem-restored = it waited when the backup was made: send it if it is still wanted
outbox-problem-hook-gone = the system was removed
outbox-mail = Mail server
outbox-mail-none = This server sends no mail: passwords and links are passed on by hand. To have it send mail, set these when it starts:
outbox-mail-host = Server
outbox-mail-from = Sender
outbox-test = Send a test mail
outbox-test-to = To
outbox-test-written = The test mail is on its way. If it does not arrive, this page says why.
mail-test-subject = Test of the mail server
mail-test-body =
    Hello,

    this letter was asked for on { $server } to see whether its mails arrive. They do.
mail-reset-subject = Set a new password
mail-reset-body =
    Hello { $name },

    somebody asked for a new password for this address on { $server }.

    To choose one, open this link. It is good for a day, and once:

    { $link }

    Was it not you? Then do nothing: your password stays as it is.
mail-invitation-subject = You are invited
mail-invitation-body =
    Hello { $name },

    you were added on { $server }, where displacement data are collected and reviewed.

    Choose your password here. The link is good for a day, and once:

    { $link }

    If it is over, ask for another where you sign in.
password-forgotten = Forgotten your password?
password-forgotten-what = Give your e-mail address. If it is known here, a link to choose a new password is on its way to it.
password-send = Send me a link
password-link-mailed = If the address is known here, a link is on its way. It is good for a day; look among unwanted mail, too.
password-choose = Choose a password
password-set = Your new password is good from now on, and all sessions are closed. Please sign in.
hooks-title = Webhooks
hooks-what = Other systems that are told at once when something happens here: a dashboard, an alert service, a data pipeline. Each call is signed.
hooks-known = Systems that are told
hooks-none = None yet.
hooks-all = everything
hooks-add = Add a system
hooks-address = Address that is called
hooks-events = What it is told
hooks-events-none = Nothing ticked: everything.
hooks-event-alert-raised = Alerts
hooks-event-release-published = Figures published
hooks-event-release-corrected = New versions of published figures
hooks-event-release-withdrawn = Withdrawals
hooks-test = Try it
hooks-tested = The call is on its way. If it does not get through, it is tried again for a day.
hooks-remove = Remove
hooks-removed = The system is removed.
hooks-secret-once = Copy the secret now: it is shown only this once. With it the other system checks the signature (Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature).
