-- The same office after a while, as schema 12 kept it: an entity list with a property by which phones are given their part, a
-- comment, a submission in the trash, one to try a draft out, a public link, an API token (`dtm_` and 60 times `T`).

-- Sites: two that stand, one changed since; one that was deleted. What is found by its area is kept as it was then.
INSERT INTO entity_lists (number, id, operation_id, name, live_name, approval_required, owner_only, created_at, changed_at, changes, next_seq,
    n_entities, n_deleted, n_conflicts, last_entity_at) VALUES
    (1, '019bc0ab-2018-7000-8000-000000000061', '019bc0ab-2018-7000-8000-000000000021', 'sites', 'sites', 0, 0, 1768464000000, 1768464009000, 5, 3, 2, 1, 0, 1768464008000);
INSERT INTO entity_properties (list, seq, name, folded, kind, is_unique, indexed, published_at) VALUES
    (1, 2, 'area', 'area', 'text', 0, 1, 1768464000000),
    (1, 3, 'hh', 'hh', 'integer', 0, 0, 1768464000000);
INSERT INTO actor_properties (operation_id, name) VALUES
    ('019bc0ab-2018-7000-8000-000000000021', 'zone');
INSERT INTO actor_property_values (actor, name, value) VALUES
    ('019bc0ab-2018-7000-8000-000000000026', 'zone', 'XS01');
INSERT INTO entity_access_filters (list, property, actor_property) VALUES
    (1, 'area', 'zone');
INSERT INTO entities (list, seq, uuid, version, label, data, conflict, created_at, created_by, updated_at, deleted_at, changed) VALUES
    (1, 1, '00000000-0000-4000-8000-000000000071', 2, 'Camp of the hill', '{"area":"XS01","hh":"15"}', NULL, 1768464006000, '019bc0ab-2018-7000-8000-000000000012', 1768464008000, NULL, 4),
    (1, 2, '00000000-0000-4000-8000-000000000072', 1, 'School of Sundra', '{"area":"XS02","hh":"9"}', NULL, 1768464006000, '019bc0ab-2018-7000-8000-000000000012', NULL, NULL, 2),
    (1, 3, '00000000-0000-4000-8000-000000000073', 1, 'Old market', '{"area":"XS01","hh":"1"}', NULL, 1768464006000, '019bc0ab-2018-7000-8000-000000000012', NULL, 1768464009000, 5);
INSERT INTO entity_versions (list, uuid, version, label, data, made_at, made_by, forced, base_version) VALUES
    (1, '00000000-0000-4000-8000-000000000071', 1, 'Camp of the hill', '{"area":"XS01","hh":"12"}', 1768464006000, '019bc0ab-2018-7000-8000-000000000012', 0, NULL),
    (1, '00000000-0000-4000-8000-000000000071', 2, 'Camp of the hill', '{"area":"XS01","hh":"15"}', 1768464008000, '019bc0ab-2018-7000-8000-000000000012', 0, 1),
    (1, '00000000-0000-4000-8000-000000000072', 1, 'School of Sundra', '{"area":"XS02","hh":"9"}', 1768464006000, '019bc0ab-2018-7000-8000-000000000012', 0, NULL),
    (1, '00000000-0000-4000-8000-000000000073', 1, 'Old market', '{"area":"XS01","hh":"1"}', 1768464006000, '019bc0ab-2018-7000-8000-000000000012', 0, NULL);
INSERT INTO entity_values (list, property, value, seq) VALUES
    (1, 'area', 'XS01', 1),
    (1, 'area', 'XS02', 2);
INSERT INTO entity_words (list, word, seq) VALUES
    (1, 27973145352732672, 1),
    (1, 31355872600915968, 1),
    (1, 32765880299421696, 1),
    (1, 29389311967232000, 1),
    (1, 32478922519047168, 2),
    (1, 31355872600915968, 2),
    (1, 32498739313795328, 2);
UPDATE counters SET n = 4 WHERE name = 'entity';

-- A submission in the trash, and one to try the form out.
INSERT INTO submissions (id, form_id, form_version_id, round_id, draft, instance_id, deprecated_id, device_id, app_user_id, record_id, xml, xml_hash,
    received_at, received_by) VALUES
    ('019bc0ab-2018-7000-8000-000000000036', '019bc0ab-2018-7000-8000-000000000024', '019bc0ab-2018-7000-8000-000000000025', '019bc0ab-2018-7000-8000-000000000023', 0, 'uuid:fourth', NULL, 'collect:awa', '019bc0ab-2018-7000-8000-000000000026', '019bc0ab-2018-7000-8000-000000000044', '<data id="site" version="1"><idp_ind>4</idp_ind><photo/><meta><instanceID>uuid:fourth</instanceID></meta></data>', '494f55b077e5856a448603224ea596c7895dd7202b5ec5bc32c4de3c36970819', 1768464006000, 'app-user:019bc0ab-2018-7000-8000-000000000026'),
    ('019bc0ab-2018-7000-8000-000000000037', '019bc0ab-2018-7000-8000-000000000024', '019bc0ab-2018-7000-8000-000000000025', NULL, 1, 'uuid:fifth', NULL, 'collect:awa', '019bc0ab-2018-7000-8000-000000000026', '019bc0ab-2018-7000-8000-000000000045', '<data id="site" version="1"><idp_ind>5</idp_ind><photo/><meta><instanceID>uuid:fifth</instanceID></meta></data>', '51ddb259d642838de8565db2884203d8c0b3a7d3fafad6add21aa19cef8ae226', 1768464007000, 'app-user:019bc0ab-2018-7000-8000-000000000026');
INSERT INTO records (id, round_id, form_version_id, source, answers, removed, edition, form_id, draft, submission_id, instance_id, submitter, device_id,
    created_at, deleted_at) VALUES
    ('019bc0ab-2018-7000-8000-000000000044', '019bc0ab-2018-7000-8000-000000000023', '019bc0ab-2018-7000-8000-000000000025', '{"from":"submission","id":"019bc0ab-2018-7000-8000-000000000036"}', '{"values":{"idp_ind":{"t":"integer","v":4},"meta/instanceID":{"t":"text","v":"uuid:fourth"}}}', 0, 1, '019bc0ab-2018-7000-8000-000000000024', 0, '019bc0ab-2018-7000-8000-000000000036', 'uuid:fourth', 'app-user:019bc0ab-2018-7000-8000-000000000026', 'collect:awa', 1768464006000, 1768464007000),
    ('019bc0ab-2018-7000-8000-000000000045', NULL, '019bc0ab-2018-7000-8000-000000000025', '{"from":"submission","id":"019bc0ab-2018-7000-8000-000000000037"}', '{"values":{"idp_ind":{"t":"integer","v":5},"meta/instanceID":{"t":"text","v":"uuid:fifth"}}}', 0, 1, '019bc0ab-2018-7000-8000-000000000024', 1, '019bc0ab-2018-7000-8000-000000000037', 'uuid:fifth', 'app-user:019bc0ab-2018-7000-8000-000000000026', 'collect:awa', 1768464007000, NULL);

-- A comment, a public link, a token for programs.
INSERT INTO submission_comments (id, record_id, at, actor, body) VALUES
    ('019bc0ab-2018-7000-8000-000000000053', '019bc0ab-2018-7000-8000-000000000041', 1768464007000, '019bc0ab-2018-7000-8000-000000000013', 'Counted twice, both times alike');
INSERT INTO public_links (id, form_id, name, once, token_hash, created_at, created_by) VALUES
    ('019bc0ab-2018-7000-8000-000000000062', '019bc0ab-2018-7000-8000-000000000024', 'For partners', 0, '7280df47238543003e6170477496046002c39761326b31a8d7acd79fc7de383b', 1768464007000, '019bc0ab-2018-7000-8000-000000000012');
INSERT INTO grants (id, actor_id, role, place, operation_id, form_id, areas, sees, given_at, given_by) VALUES
    ('019bc0ab-2018-7000-8000-000000000062', '019bc0ab-2018-7000-8000-000000000062', 'pub-link', '019bc0ab-2018-7000-8000-000000000024', '019bc0ab-2018-7000-8000-000000000021', '019bc0ab-2018-7000-8000-000000000024', '[]', 'secret', 1768464007000, '019bc0ab-2018-7000-8000-000000000012');
INSERT INTO api_tokens (id, user_id, name, token_hash, verbs, operations, created_at, expires_at) VALUES
    ('019bc0ab-2018-7000-8000-000000000054', '019bc0ab-2018-7000-8000-000000000012', 'Power BI', 'b6783613794acf08aee99ea6e18c95847b2fa7e5b8f134513a32c905238cfd10', '["all"]', '[]', 1768464007000, 4102444800000);

-- The audit log, chained.
INSERT INTO audit (seq, at, actor, action, subject, detail, prev_hash, hash) VALUES
    (17, 1768464000000, '019bc0ab-2018-7000-8000-000000000012', 'dataset.create', '019bc0ab-2018-7000-8000-000000000061', '{"name":"sites","properties":[]}', '94b61561d7e9108517c2e5d5094b2345150235549a24867b71c9d253f9802a52', 'f365f2742b9de918d37304ad12ba96b52242ce90d41c6746546d694ad57c1586'),
    (18, 1768464006000, '019bc0ab-2018-7000-8000-000000000012', 'entity.create', '00000000-0000-4000-8000-000000000071', '{"list":"019bc0ab-2018-7000-8000-000000000061"}', 'f365f2742b9de918d37304ad12ba96b52242ce90d41c6746546d694ad57c1586', '934f3e8b81e8d93e4aa0b9f8c7242254f97fe19ab2cdc8ac6d7e77208c0b907a'),
    (19, 1768464006000, '019bc0ab-2018-7000-8000-000000000012', 'entity.create', '00000000-0000-4000-8000-000000000072', '{"list":"019bc0ab-2018-7000-8000-000000000061"}', '934f3e8b81e8d93e4aa0b9f8c7242254f97fe19ab2cdc8ac6d7e77208c0b907a', '99a1b101db0688c8ff1ee05578b635d9967e7aa15298513e7a76a9d7a06a1004'),
    (20, 1768464006000, '019bc0ab-2018-7000-8000-000000000012', 'entity.create', '00000000-0000-4000-8000-000000000073', '{"list":"019bc0ab-2018-7000-8000-000000000061"}', '99a1b101db0688c8ff1ee05578b635d9967e7aa15298513e7a76a9d7a06a1004', 'bb6dbd642840445dd387adfb98bc940e06b78d2d803fde5704e3a91296550f58'),
    (21, 1768464008000, '019bc0ab-2018-7000-8000-000000000012', 'entity.update.version', '00000000-0000-4000-8000-000000000071', '{"list":"019bc0ab-2018-7000-8000-000000000061"}', 'bb6dbd642840445dd387adfb98bc940e06b78d2d803fde5704e3a91296550f58', '6abc4de4cf144a1332f02b8b7752f683ba8015a6398ddc9c2154f28503edea84'),
    (22, 1768464009000, '019bc0ab-2018-7000-8000-000000000012', 'entity.delete', '00000000-0000-4000-8000-000000000073', '{"list":"019bc0ab-2018-7000-8000-000000000061"}', '6abc4de4cf144a1332f02b8b7752f683ba8015a6398ddc9c2154f28503edea84', 'a0b210866ce38ed9ac13bd9305987ad196d032225f3820b77488104d625a2f44'),
    (23, 1768464006000, 'app-user:019bc0ab-2018-7000-8000-000000000026', 'submission.received', '019bc0ab-2018-7000-8000-000000000036', '{"form":"019bc0ab-2018-7000-8000-000000000024","instance":"uuid:fourth","xml":"494f55b077e5856a448603224ea596c7895dd7202b5ec5bc32c4de3c36970819","files":0,"replaces":null}', 'a0b210866ce38ed9ac13bd9305987ad196d032225f3820b77488104d625a2f44', 'faeff1179143bf80f5f99a12cded22c50920e7618b4b72ba3b47f7759a4f5838'),
    (24, 1768464007000, 'app-user:019bc0ab-2018-7000-8000-000000000026', 'submission.received', '019bc0ab-2018-7000-8000-000000000037', '{"form":"019bc0ab-2018-7000-8000-000000000024","instance":"uuid:fifth","xml":"51ddb259d642838de8565db2884203d8c0b3a7d3fafad6add21aa19cef8ae226","files":0,"replaces":null}', 'faeff1179143bf80f5f99a12cded22c50920e7618b4b72ba3b47f7759a4f5838', '1fd0da21d1a7475d07efbcc8f248842b2b341a6e821e44b16862fdd55c6699d2'),
    (25, 1768464007000, '019bc0ab-2018-7000-8000-000000000013', 'submission.deleted', '019bc0ab-2018-7000-8000-000000000044', '{}', '1fd0da21d1a7475d07efbcc8f248842b2b341a6e821e44b16862fdd55c6699d2', 'd3300ee2d4fcb9a3e635eef716a41371c6abd5d6c11f1318ae026d0baf2e14a0'),
    (26, 1768464007000, '019bc0ab-2018-7000-8000-000000000012', 'api_token.created', '019bc0ab-2018-7000-8000-000000000054', '{}', 'd3300ee2d4fcb9a3e635eef716a41371c6abd5d6c11f1318ae026d0baf2e14a0', 'eda285a45b5205aa1967aa07b1fc282e49d3ebf2824fc33b2261a373e4c985a9');
UPDATE audit_head SET seq = 26, hash = 'eda285a45b5205aa1967aa07b1fc282e49d3ebf2824fc33b2261a373e4c985a9' WHERE one = 1;
