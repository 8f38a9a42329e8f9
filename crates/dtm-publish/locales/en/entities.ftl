# Entity lists in the office.
office-lists = Entity lists
office-lists-what = Things that forms register and look up again: sites, households, informants. Phones receive the lists that their forms read.
office-lists-none = There is no list yet. A form that saves entities makes one when it is published.
office-list-new = New list
office-list-name = Name, as forms write it (letters, digits, _ and -)
office-list-name-bad = A name begins with a letter and has only letters, digits, _ and -.
office-list-taken = A list of this name exists already, perhaps with other capital letters.
office-list-content = Content
office-list-properties = Properties
office-list-entities = { $n ->
    [one] { $n } entity
   *[other] { $n } entities
}
office-list-conflicts = { $n ->
    [one] { $n } conflict
   *[other] { $n } conflicts
}
office-list-pending = { $n ->
    [one] { $n } submission waits for approval
   *[other] { $n } submissions wait for approval
}
office-list-held = { $n ->
    [one] { $n } offline update waits for an earlier one
   *[other] { $n } offline updates wait for earlier ones
}
office-list-search = Label begins with
office-list-show = Show
office-list-all = All entities
office-list-clashing = Those with a conflict
office-list-trash = The trash
office-list-property = Property
office-list-value = Value
office-list-values = Values
office-list-find = Find
office-list-none-here = No entity here.
office-list-download = Download as CSV for a spreadsheet
office-list-troubles = Submissions that could not be followed
office-list-troubles-what = These submissions are stored; only their entities were not made or changed.
office-list-upload = Add from a file
office-list-upload-what = A CSV file with a column “label” and one column for each property. All rows are added, or none if there is a problem.
office-list-file = CSV file
office-list-check-only = Only check, add nothing
office-list-checked = { $n ->
    [one] No problem found: { $n } entity can be added.
   *[other] No problem found: { $n } entities can be added.
}
office-list-added = { $n ->
    [one] { $n } entity was added.
   *[other] { $n } entities were added.
}
office-list-problems = { $n ->
    [one] The file has { $n } problem; nothing was added.
   *[other] The file has { $n } problems; nothing was added.
}
office-list-not-csv = The file cannot be read as CSV in UTF-8.
office-list-no-label = The file has no column “label”.
office-list-no-property = The list has no property “{ $name }”.
office-list-file-empty = The file has no rows.
office-list-too-long = A file may bring { $n } entities at most.
office-list-row-unreadable = Row { $row } cannot be read.
office-list-row-width = Row { $row } has more or fewer cells than the first row.
office-list-row-label = Row { $row } has no label.
office-list-row-id = Row { $row } has an id that is not a version 4 UUID.
office-list-settings = Settings
office-list-approval = Submissions make entities only once they are approved
office-list-owner = A phone sees only the entities it made
office-list-access = A phone receives the entities whose “{ $property }” equals its own property “{ $own }”.
office-list-indexed = Find by it
office-list-unique = No two alike
office-list-save = Save
office-list-saved = Saved.
office-entity-label = Label
office-entity-version = Version
office-entity-versions = Versions
office-entity-now = Now
office-entity-save = Save as a new version
office-entity-saved = Saved as a new version.
office-entity-no-label = The label cannot be blank.
office-entity-soft = Possible conflict
office-entity-hard = Conflict
office-entity-conflict-what = An update was made on an earlier version than the one that was current. Look at the versions below, correct the values if needed, then settle it.
office-entity-resolve = Settle the conflict
office-entity-settled = The conflict is settled.
office-entity-settled-since = settled
office-entity-changed = What changed
office-entity-before = Before
office-entity-after = After
office-entity-delete = Move to the trash
office-entity-delete-what = Phones lose it with the next update. It can be restored for 30 days.
office-entity-deleted = Moved to the trash.
office-entity-in-trash = This entity is in the trash.
office-entity-restore = Restore
office-entity-restored = Restored.
office-list-narrowed = Only what lies in the areas you were given is shown.
office-list-who = Who receives what
office-list-who-all = Every phone that fills in a form with this list receives all of it.
office-list-who-first = To give each phone a part of the list, first add a property of phones, such as the area a team works in:
office-list-who-property = Property of the list
office-list-who-everybody = Every phone receives all
office-list-who-own = equals this property of the phone
office-list-area = Where entities lie
office-list-area-what = The property that holds the p-code of an area. People who were given some areas only see the entities that lie in them; an entity whose p-code is not known lies nowhere.
office-list-area-property = Property with the p-code
office-list-area-none = None: those given some areas see nothing
office-list-indexed-what = What a property is found by, a long list is also sorted by at once.
office-phone-properties = Properties
office-phone-properties-what = By these, entity lists decide which phone receives which entities. Each phone has its own value.
office-phone-properties-save = Save the properties
office-phone-properties-saved = The properties of the phone are saved.
office-phone-property-name = Name of a property (letters, digits, _ and -)
office-phone-property-add = Add a property
office-phone-property-added = Phones have a new property.
office-phone-property-bad = A property begins with a letter and has only letters, digits, _ and -.
office-phone-property-taken = Phones have a property of this name already.
