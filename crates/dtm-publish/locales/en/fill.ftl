### Filling in a form in the browser: the page around it, the words of the form's own controls, and what stops a link.
### The server and the script of the page (`web/src/fill`) read this file alike.

## The page
fill-title = Fill in: { $form }
fill-forms = Forms to fill in
fill-forms-none = There is no form to fill in here just now.
fill-forms-none-advice = Once a form is published and open, it stands here.
fill-do = Fill in
fill-trial = A trial: what you send is kept apart and counts for nothing.
fill-noscript = This page needs scripts: the form works out its questions and checks its answers here, without a connection too. Please allow scripts for this address, or fill in the form with ODK Collect on a phone.
fill-needs-script = The form is loading. If this stays, your browser is too old for this page: please use a current Firefox, Chrome, Edge or Safari.
fill-loading = Loading the form…
fill-unreachable = The form could not be loaded. Once it has been opened with a connection, it opens without one.
fill-again = Try again
fill-cancel = Cancel
fill-send = Send

## What became of it
fill-sent = Sent. Thank you.
fill-sent-more = Your answers are stored on the server. Nothing of them is left on this device.
fill-sent-n = { $n ->
    [one] One form was sent.
   *[other] { $n } forms were sent.
}
fill-kept = Kept on this device
fill-kept-more = Your answers are finished and safe on this device. They are sent as soon as there is a connection; keep this page, or open it again later.
fill-not-taken = Not taken
fill-not-taken-more = The server did not take this form. The reason stands above; your answers are kept on this device.
fill-another = Fill in another
fill-used = You have filled in this form
fill-used-advice = This link works once. What you sent, or what still waits here to be sent, stays as it is.

## What waits, and drafts
fill-offline = No connection. You can go on: what you finish is kept on this device and sent later.
fill-waiting = { $n ->
    [one] 1 waiting to be sent
   *[other] { $n } waiting to be sent
}
fill-send-now = Send now
fill-not-now = The server could not be reached. Everything is still here.
fill-sign-in-again = Please sign in again: what waits is sent then.
fill-refused = Not taken ({ $when }):
fill-save-file = Save to a file
fill-drop = Delete
fill-drop-sure = Delete these answers from this device? They are nowhere else.
fill-draft = You have begun already
fill-draft-since = Unfinished answers were kept on this device on { $when }.
fill-draft-older = The form has changed since; please look through your answers.
fill-draft-continue = Continue
fill-draft-anew = Begin anew
fill-draft-anew-sure = Begin anew? The unfinished answers are deleted.
fill-draft-saved = Kept on this device, { $when }
fill-device = What is kept on this device
fill-device-what = Unfinished answers, and finished ones until they are sent, are kept in this browser. On a device that others use too, finish and send, then forget everything.
fill-device-once = Your answers are kept in this browser until they are sent, and that this link was used. On a device that others use too, send first, then forget everything.
fill-forget = Forget everything on this device
fill-forget-sure = Not yet sent: { $waiting }. Unfinished: { $drafts }. They are lost if you go on. Forget everything?
fill-forget-sure-empty = Forget the form and all that is kept for it on this device?

## Links that do not lead to a form
fill-encrypted = The answers are encrypted
fill-encrypted-advice = Open them with the key first, on the page «Encryption» of the operation; then come back here.
fill-closed = This form is closed
fill-closed-advice = It takes no more answers. If you have answers that wait on your device, ask the person who gave you the link.
fill-link-expired = This link has expired
fill-link-expired-advice = Ask the person who gave it to you for a new one.
fill-link-unknown = This link leads nowhere
fill-link-unknown-advice = It may have been withdrawn, or be cut off: please check that you have all of it, or ask for a new one.

## Words of the form's controls
fill-lib-constraint = This answer cannot be right: please check it.
fill-lib-required = This question needs an answer.
fill-lib-load-failed = The form could not be opened
fill-lib-technical = Technical details
fill-lib-errors = { $n ->
    [one] 1 question needs attention.
   *[other] { $n } questions need attention.
}
fill-lib-made-with = Form by
fill-lib-language = Language of the form
fill-lib-remove = Remove
fill-lib-repeat = Entry
fill-lib-add = Add
fill-lib-rank = Put in order
fill-lib-take-picture = Take a picture
fill-lib-choose-image = Choose a picture
fill-lib-image-preview = The picture taken
fill-lib-accuracy = Accuracy: { $m } m,
fill-lib-accuracy-good = Good accuracy
fill-lib-accuracy-poor = Poor accuracy
fill-lib-accuracy-unknown = Unknown accuracy
fill-lib-latitude = latitude { $degrees },
fill-lib-longitude = longitude { $degrees }.
fill-lib-location-get = Take the location
fill-lib-location-again = Take it again
fill-lib-location-save = Keep this location
fill-lib-location-finding = Finding where you are
fill-lib-location-time = Time taken so far:
fill-lib-location-at = It is kept at { $m } m.
fill-lib-location-before = Kept before, at { $m } m.
fill-lib-location-refused = The location cannot be read
fill-lib-location-allow = Allow it in the settings of the browser, and make sure that location is switched on.
fill-lib-no-background-location = The location is not available. Switch it on, allow it in the browser, and open the form again.
fill-lib-map-graphics = The map cannot be drawn
fill-lib-map-graphics-advice = The browser cannot draw it just now: switch graphics acceleration on in its settings.
fill-lib-map-unselect = Undo the choice
fill-lib-map-select = Keep the choice
fill-lib-map-no-trace = No line kept
fill-lib-map-no-shape = No area kept
fill-lib-map-no-point = No point kept
fill-lib-map-point = Point kept
fill-lib-map-trace = Line kept
fill-lib-map-shape = Area kept
fill-lib-map-remove-point = Remove the point
fill-lib-map-details = Details
fill-lib-map-advanced = More
fill-lib-map-file-empty = The file is empty.
fill-lib-map-file-type = This kind of file is not read. Please choose a .geojson file.
fill-lib-map-file-bad = The file could not be read as GeoJSON.
fill-lib-map-file-other = The file holds another kind of shape than the question asks for.
fill-lib-map-import = Replace the location by other data
fill-lib-map-paste = Paste in the form of ODK
fill-lib-map-paste-how = Latitude, longitude, altitude, accuracy: 45.5 -122.6 15 2; 45.6 -122.7 12 3
fill-lib-map-upload = Read a GeoJSON file
fill-lib-map-upload-do = Choose the file
fill-lib-map-save = Keep
fill-lib-map-drag = Press and drag to move a point
fill-lib-map-tap = Tap to put a point
fill-lib-map-tap-move = Tap to move the point
fill-lib-map-centre = The location button moves the map to where you are
fill-lib-map-longitude = Longitude
fill-lib-map-latitude = Latitude
fill-lib-map-altitude = Altitude
fill-lib-map-accuracy = Accuracy
fill-lib-map-delete = Delete
fill-lib-map-delete-shape = Delete the whole area?
fill-lib-map-delete-trace = Delete the whole line?
fill-lib-map-delete-sure = It is removed, and you begin anew.
fill-lib-map-full = Full screen
fill-lib-map-fit = Show all of it
fill-lib-map-here = Show where I am
fill-lib-map-undo = Undo
fill-lib-map-nearer = Closer
fill-lib-map-farther = Farther away
fill-control-year = Choose the year
fill-control-month = Choose the month
fill-control-date = Choose the date
fill-control-decade-before = Ten years earlier
fill-control-decade-after = Ten years later
fill-control-year-before = Previous year
fill-control-year-after = Next year
fill-control-month-before = Previous month
fill-control-month-after = Next month
fill-control-hour-less = One hour less
fill-control-hour-more = One hour more
fill-control-minute-less = One minute less
fill-control-minute-more = One minute more
fill-control-second-less = One second less
fill-control-second-more = One second more
fill-control-today = Today
fill-control-clear = Clear
fill-control-nothing-found = Nothing found
fill-control-no-choices = There is nothing to choose from
fill-control-none-chosen = Nothing chosen
fill-control-all-chosen = All chosen
fill-control-n-found = {"{0}"} found
fill-control-n-chosen = {"{0}"} chosen
fill-control-choose = Choose
fill-control-upload = Upload
fill-control-cancel = Cancel
fill-control-close = Close
fill-control-previous = Previous
fill-control-next = Next
fill-control-choices = Choices
fill-control-up = Up
fill-control-down = Down
fill-control-top = To the top
fill-control-bottom = To the bottom
fill-to-record = Back to the record
