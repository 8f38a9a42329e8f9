# The places of an operation and the areas they lie in.
places-title = Places
places-search = Name, other name, code or area
places-state = Standing
places-state-open = Open
places-state-closed = Closed
places-state-all = Open and closed
places-state-nowhere = Without a position
places-state-adrift = In an area that ended
places-map = Map
places-map-desc = { $n ->
    [one] One place
   *[other] { $n } places
 } on the outlines of areas.
places-n = { $n ->
    [0] No places
    [one] One place
   *[other] { $n } places
 }
places-none = No place is known yet. Bring a list, add one, or let a round find them.
places-none-fit = No place fits.
places-closed = Closed
places-no-position = No position
places-download = This list as CSV
places-change = Add and change
places-upload = A list of places
places-upload-hint = CSV or a spreadsheet with the columns ssid, name, kind (site, host_community, flow_point), area (p-code), lon, lat, opened_on, closed_on, site_type, aliases. An empty cell changes nothing. You see what would change first.
places-preview-do = See what would change
places-preview = What this list would change
places-new = New places
places-changed = Changed
places-unchanged = As they were
places-is-new = New
places-problems = Look at these
places-more = { $n ->
    [one] One more is not shown.
   *[other] { $n } more are not shown.
 }
places-nothing-changes = Everything in this list is known already: nothing would change.
places-what-changes = What would change
places-take = Take this list over
places-leave = Leave everything as it is
places-no-file = Choose a file that is not empty.
places-not-read = The file could not be used.
places-undo = Undo
places-said-changed = { $n ->
    [one] One place was saved.
   *[other] { $n } places were saved.
 }
places-said-undone = { $n ->
    [0] Nothing to take back: the places were changed since.
    [one] One place is as it was before.
   *[other] { $n } places are as they were before.
 }
places-said-same = Nothing changed.
places-said-distinct = Noted: they are two places. The pair is not shown again.
places-adrift = { $n ->
    [one] One place lies in an area that ended: say which area it lies in.
   *[other] { $n } places lie in areas that ended: say which areas they lie in.
 }
places-duplicates = Places that may be one
places-duplicates-n = { $n ->
    [one] One pair of places may be one and the same.
   *[other] { $n } pairs of places may be one and the same.
 }
places-duplicates-what = Places of one kind that lie close together or have names alike. A site and the host community around it are two places and are not shown.
places-duplicates-none = No two places look like one.
places-alike = names alike to { $share }
places-apart = { $n ->
    [one] 1 m apart
   *[other] { $n } m apart
 }
places-are-two = They are two places
places-are-one = They are one place
places-keep = Keep { $name } ({ $ssid })
place-kind = Kind
place-kind-site = Site
place-kind-host-community = Host community
place-kind-flow-point = Flow monitoring point
place-fact = Fact
place-fact-ssid = Id (SSID)
place-fact-name = Name
place-fact-kind = Kind
place-fact-area = Area
place-fact-site-type = Type of site
place-fact-position = Position
place-fact-opened-on = Opened on
place-fact-closed-on = Closed on
place-fact-aliases = Other names
place-fact-merged-into = Merged into
place-new = Add a place
place-add = Add the place
place-known = What is known
place-nowhere = Nobody said where this place is.
place-change = Correct
place-save = Save
place-reason = Why
place-ssid-hint = Left empty, an id is made from the code of the area.
place-aliases-hint = Several with semicolons between them.
place-lat = Latitude
place-lon = Longitude
place-merge = Merge into another place
place-merge-what = What is said of this place from that day on counts at the other. What was said before stays as it is.
place-merge-day = From this day on
place-merged-into = Merged into { $ssid }
place-history = What was done to it
place-when = When
place-what = What
place-before-history = Before changes were kept
place-added = Added
place-taken-back = Taken back
place-not-saved = Nothing was saved.
place-no-name = A place needs a name.
place-no-kind = Choose what kind of place it is.
place-no-area = «{ $area }» is not the p-code of an area that stands.
place-no-day = This is not a day.
place-closed-first = It cannot close before it opened.
place-no-position = A position needs a latitude from -90 to 90 and a longitude from -180 to 180.
place-taken = A place has the id { $ssid } already.
place-no-other = «{ $ssid }» is not the id of another place that stands.
place-area-ended = The area it lay in ended. It became: { $became }.
place-outside = Its position lies outside its area.
areas-title = Areas
areas-level = Level { $level }
areas-search = Name, spelling or p-code
areas-none = No areas are known. Bring the boundaries of the country.
areas-none-fit = No area fits.
areas-validity = Validity
areas-places = Places
areas-since = since { $day }
areas-until = until { $day }
areas-became = became { $codes }
areas-also = also: { $names }
areas-stand = It still stands
areas-upload = Bring boundaries
areas-upload-hint = GeoJSON, TopoJSON, a zipped Shapefile or CSV with p-codes, such as the common operational datasets (COD-AB). You see what would change first.
areas-file = File
areas-spell-what = Lists that write the area so are read as its p-code.
areas-preview = What these boundaries would change
areas-in-file = Areas in the file
areas-outlines = Outlines
areas-new = New
areas-new-n = { $n ->
    [one] One new area
   *[other] { $n } new areas
 }
areas-changed = Named, placed or drawn otherwise
areas-endings = Not in the file any more
areas-endings-what = Those that are ticked end the day before the new boundaries hold. Their places move to what they became.
areas-what = What became of it
areas-end = End
areas-end-recoded = Another code
areas-end-split = Split
areas-end-joined = Joined with another
areas-end-unknown = Not known
areas-places-move = { $n ->
    [one] One place lies in it.
   *[other] { $n } places lie in it.
 }
areas-unplaced = Nobody can tell the new area of:
areas-from = First day of the new boundaries
areas-from-hint = Rounds before it keep the areas of their time.
areas-take = Take these boundaries over
areas-no-day = Say from which day the new boundaries hold: areas are to end the day before.
areas-said-taken = { $n ->
    [one] One area was taken over
   *[other] { $n } areas were taken over
 }; { $m ->
    [0] no place moved.
    [one] one place moved.
   *[other] { $m } places moved.
 }

places-phones = On phones
places-phones-what = Forms can offer the places of this list: choices come from places.csv, filtered by area, kind or site type, and the map knows where they are. The list is made once and follows every change of the places.
places-phones-begin = Make the list for phones
places-phones-follow = Phones have these places as the list places.csv. It follows every change within seconds; a place that closes leaves it.
places-phones-list = The list
places-phones-end = Stop following
places-phones-taken = There is a list called «places» already that forms or people fill. Rename or delete it first.
places-said-phones = The list for phones is made and follows the places.
places-said-no-phones = The list stays as it is and follows the places no longer.

place-area-hint = Its p-code, or a piece of its name: then choose from the areas found. The smallest area it is known to lie in.
place-area-find = Find
place-area-choose = Which area is meant?
place-area-missing = Say in which area it lies.
place-area-which = «{ $area }» is no p-code. Choose the area that is meant below.
place-no-site-type = Not said
place-at = latitude { $lat }, longitude { $lon }
place-position-zero = Latitude 0, longitude 0 lies in the Atlantic: devices give it where they found no position. Leave both empty where it is not known.
place-position-elsewhere = This position lies outside the country.
place-position-meant = This position does not lie in the country. Latitude { $lat }, longitude { $lon } does: were they swapped, or is a minus sign missing?
place-take-meant = Take { $position }
place-position-sure = The position is right: save it as it is
place-pick = Map: where you click is the position
place-pick-hint = Or click on the map where it is. Each click shows more detail; the last one counts once you save.
place-nearer = Nearer
place-farther = Farther
place-close = Close it
place-close-what = From that day on it is expected in no round and leaves the list of phones. Its earlier figures stay.
place-reopen = Open it again
place-reopen-what = It is expected in rounds again. One that was merged into another counts for itself again.
place-merge-into = Id or name of the other place
place-choose = Which place is meant?
place-which = «{ $name }» is no id. Choose the place that is meant.
areas-within = In
areas-said-changed = { $n ->
    [one] The area was saved.
   *[other] { $n } areas were saved.
 }
areas-said-undone = { $n ->
    [0] Nothing to take back: the areas were changed since
    [one] One area is as it was before
   *[other] { $n } areas are as they were before
 }; { $m ->
    [0] no place moved.
    [one] one place is back where it lay.
   *[other] { $m } places are back where they lay.
 }
area-fact-pcode = P-code
area-fact-level = Level
area-fact-name = Names
area-fact-parent = Lies in
area-fact-aliases = Other spellings
area-fact-valid-from = First day
area-fact-valid-to = Last day
area-fact-became = Became
area-fact-places = Places
area-fact-outline = Outline
area-not-drawn = It has no outline. Bring boundaries to draw it.
area-below-n = { $n ->
    [one] One area in it
   *[other] { $n } areas in it
 }
area-change = Correct or end
area-became-hint = P-codes of what it became when it ended: one, or the several it was split into, with semicolons between them.
area-recode = Give it a new code
area-recode-what = From that day on it goes by the new code, with the same name and outline, and its places go along. Rounds of before keep the old one.
area-new-code = New p-code
area-redrawn = Drawn otherwise
area-undo = Take this back
area-ended = It ended on { $day }.
area-ended-as = It ended on { $day } and became { $became }.
area-no-name = An area needs a name.
area-no-parent = «{ $area }» is not the p-code of an area one level above.
area-ended-first = It cannot end before it began.
area-became-what = An area becomes another when it ends: give its last day.
area-no-code = «{ $code }» cannot be a p-code: letters, digits, hyphens and points.
area-code-taken = An area has the p-code { $code } already.
area-not-standing = Only an area that stands, and not the country, gets a new code.
area-has-parts = Areas lie in it, and their codes begin with its own. Bring the new boundaries as a file: it says which code each gets.
places-repaired = Areas read otherwise than written
places-written = In the file
places-read-as = Read as
places-rows = Rows
places-first-row = first in row { $row }
places-repair-writing = Written with other letters, blanks or dashes
places-repair-length = The country’s letters, or a zero more or less
places-repair-alias = Another spelling of the area
places-problem-position-outside-area = The position lies outside the area
places-problem-position-meant = The position was probably swapped or lacks a sign; it is left out
places-problem-position-elsewhere = The position lies outside the country; it is left out
places-problem-odd-position = This is no position; it is left out
places-problem-odd-date = This is no day; it is left out
places-problem-closed-before-opened = Closed before it opened
places-problem-duplicate-ssid = The same id again; the row is left out
places-problem-no-ssid = No id; the row is left out
places-problem-unknown-kind = Not a kind of place; the row is left out
places-problem-unknown-area = No such area; the row is left out
places-problem-unknown-area-name = A name where a p-code is wanted; the row is left out
places-problem-unreadable-row = The row cannot be read
places-problem-missing-column = A column is missing
places-problem-no-pcode = No p-code; the row is left out
places-problem-odd-pcode = This is no p-code
places-problem-no-name = Without a name
places-problem-foreign-code = The code of another country
places-problem-duplicate-code = The same code again
places-problem-alike-codes = Codes that differ in writing only
places-problem-odd-level = Another level than expected
places-problem-outside-the-world = The outline is not in degrees
places-problem-broken-outline = The outline is broken
places-problem-no-outline-in-file = Without an outline
places-problem-orphan = What it lies in is not known
places-problem-no-parent = Lies in nothing
places-problem-cycle = Lies in itself
places-problem-level-jump = A level is missing above it
places-problem-not-under-parents-code = Its code does not begin with that of what it lies in
places-problem-outline-missing = Without an outline
places-problem-outline-outside-parent = Drawn outside what it lies in
areas-below-move = { $n ->
    [one] One area lies in it and goes along.
   *[other] { $n } areas lie in it and go along.
 }
