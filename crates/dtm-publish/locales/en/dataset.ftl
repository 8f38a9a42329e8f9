# Datasets
datasets-title = Datasets
datasets-lead = Every released number, in the format of your tool. Addresses stay; rows begin with their round, so that several rounds can stand below each other.
datasets-back = Back to the operation
datasets-doors = Live connections
datasets-doors-what = Tools that stay connected read the same rows by these doors.
datasets-ogc = What there is, and how to connect
datasets-tiles = Vector tiles
datasets-power-bi = File that opens Power BI on it (.pbids)
dataset-about = About
dataset-name = Name
dataset-rows = Rows
dataset-rounds = Rounds
dataset-newest = Newest figures of
dataset-changed = Last changed
dataset-hidden = Numbers hidden for protection, in all tables
dataset-files = Files
dataset-files-what = Made from the releases as they stand; a download that broke off can be resumed. Add a column as a filter: ?area_level=1
dataset-use = Read it from your tool
dataset-use-what = These lines are run by our tests with the tools themselves.
dataset-preview = First rows
dataset-preview-caption = { $n ->
    [one] The first row
   *[other] The first { $n } rows
}
dataset-columns = Columns
dataset-columns-caption = Every column, what it says in both languages, and its HXL tag
dataset-column = Column
dataset-meaning = Meaning
dataset-kind = Type
dataset-choices = Values
dataset-choices-more = { $n ->
    [one] and { $n } more
   *[other] and { $n } more
}
dataset-cite = How to cite
dataset-citation = DTM, { $operation }: { $title }. Version of { $date }. { $address }
dataset-permanent = Permanent address:
kind-text = text
kind-choice = choice
kind-integer = whole number
kind-decimal = number
kind-date = date
kind-flag = yes or no
snippet-python = With pandas; every format of this page opens in it.
snippet-r = With base R; haven::read_dta() on the Stata file keeps labels.
snippet-stata = Stata 14 or later reads the file over the network, with labels.
snippet-spss = Download the .sav file first, then run this syntax.
snippet-sql = With your key as password; the same in any tool that speaks to PostgreSQL (R, QGIS, ODBC).
snippet-duckdb = DuckDB reads the Parquet file over the network.
snippet-powerbi = Get data, Blank query, Advanced editor; or open the .pbids file of the datasets page.
snippet-excel = Data, Get data, From OData feed: this address; then choose the dataset by its name.
snippet-curl = Resumes a download that broke off.
snippet-qgis = Layer, Add layer, Add WFS / OGC API Features layer: this address.
documents-datasets-what = all rounds, every format, live connections

# Keys of the public APIs
keys-title = API keys
keys-what = Programs that read the DTM API or connect by SQL send a key. Only its hash is kept; how often it is used is counted by day.
keys-made = New key
keys-once = This is the only time the key is shown. Give it to its owner by a safe way.
keys-new = Make a key
keys-name = For whom
keys-name-hint = An organisation or a program, not a person’s telephone or address
keys-name-wrong = Say whom the key is for, in at most 120 letters.
keys-allowance-wrong = Calls allowed are whole numbers from 1 on; leave the field empty for the usual number.
keys-product = Opens
keys-product-displacement = Displacement
keys-product-hna = Needs assessments (HNA)
keys-per-minute = Calls a minute
keys-per-day = Calls a day
keys-make = Make the key
keys-good = Keys
keys-none = There is no key yet.
keys-used = { $n ->
    [0] Not used in the last 30 days
    [one] { $n } call in the last 30 days
   *[other] { $n } calls in the last 30 days
}
keys-last = last on
keys-never = never
keys-allowed = { $per-minute } a minute, { $per-day } a day
keys-since = since
keys-withdraw = Withdraw
keys-withdrawn = The key was withdrawn; it opens nothing any more.
keys-gone = Withdrawn keys
keys-withdrawn-on = withdrawn on

# Query builder
query-title = Query builder
query-lead = Choose what you want to know: the address below gives just that, in any program, for ever.
query-what = What
query-dataset = Dataset
query-show = Show
query-rows = rows
query-sums = sums
query-only = Only where
query-all = all
query-sums-of = For sums
query-measure = Measure
query-per = By
query-ask = Ask
query-address = The address
query-answer = What it answers
query-none = No row fits.
query-first = The first 20 rows; the address gives all of them
query-whole = All rows
datasets-query = Query builder: rows and sums by address
datasets-catalogues = News and catalogues

explore-title = Explorer
explore-of = { $measure } by { $rows }
explore-of-both = { $measure } by { $rows } and { $columns }
explore-drawing = As a picture
explore-table = As a table
explore-choose = What you want to see
explore-rows = Rows
explore-columns = Columns
explore-no-columns = none
explore-drawn-as = Drawn as
explore-show = Show
explore-dataset = The whole dataset
explore-refused = Change rows, columns or conditions: what is not to be added up is not added up here.
explore-left-out = { $n ->
    [one] One more row is in the file.
   *[other] { $n } more rows are in the file.
}
explore-map = map
explore-bars = bars
explore-trend = line over the rounds
explore-multiples = a small line for each
explore-stacked = parts of bars
explore-heat = table in colours
explore-change = change since the round before
datasets-explore = choose rows, columns and a measure; see a table, a map or a chart
explore-gap = –: nothing was reported of this combination.
explore-embed = Put it into another page
explore-embed-what = A picture that leads here: no script, no cookie. It shows the newest version for ever.
