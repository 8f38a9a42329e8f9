# Words inside maps and charts.

drawing-others = Others ({ $n })
drawing-km = { $n } km
drawing-carried = of which { $n } carried
drawing-all-zero = No one counted
drawing-class-range = { $from }–{ $to }
drawing-class-from = { $from } and more
drawing-carried-part = Carried from an earlier round
drawing-empty = No figures to draw
drawing-streams-hidden = { $n ->
    [one] { $n } small flow hidden to protect people
   *[other] { $n } small flows hidden to protect people
}
drawing-partial = Fewer than 9 in 10 places reached
drawing-spot-site = Sites
drawing-spot-host = Host communities
drawing-spot-flow = Flow monitoring points
drawing-spot-closed = Closed
drawing-spot-blocking = With a finding that blocks
drawing-spot-confirm = With something to confirm
drawing-spot-record = Nothing noticed, or only notes
drawing-spots = { $n } places: { $names }
drawing-fewer = ◄ fewer people
drawing-more = more people ►
drawing-same-scale = Same scale for all, { $from } to { $to }
