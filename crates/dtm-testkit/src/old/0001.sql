-- An office as the first schema kept it: people with one role each, phones, a form, and what was collected with it. The
-- password of all is that of the tests' offices; the token of Awa's phone is 64 times `A`, that of Moussa's, revoked, 64
-- times `M`, and the officer is signed in with 64 times `S`.
INSERT INTO instance (one, id) VALUES
    (1, 'old-office');

-- People.
INSERT INTO users (id, email, name, role, password_hash, created_at) VALUES
    ('019bc0ab-2018-7000-8000-000000000011', 'admin@example.org', 'Ada', 'admin', '$argon2id$v=19$m=19456,t=2,p=1$0SXJi7zuKIkqhLrwe7Rn9g$XZue5cfxt79C6UihcXguzVsSo56qmPYk+MNX2XYS/hw', 1768464000000),
    ('019bc0ab-2018-7000-8000-000000000012', 'officer@example.org', 'Odile', 'officer', '$argon2id$v=19$m=19456,t=2,p=1$0SXJi7zuKIkqhLrwe7Rn9g$XZue5cfxt79C6UihcXguzVsSo56qmPYk+MNX2XYS/hw', 1768464000000),
    ('019bc0ab-2018-7000-8000-000000000013', 'reviewer@example.org', 'Rania', 'reviewer', '$argon2id$v=19$m=19456,t=2,p=1$0SXJi7zuKIkqhLrwe7Rn9g$XZue5cfxt79C6UihcXguzVsSo56qmPYk+MNX2XYS/hw', 1768464000000),
    ('019bc0ab-2018-7000-8000-000000000014', 'viewer@example.org', 'Victor', 'viewer', '$argon2id$v=19$m=19456,t=2,p=1$0SXJi7zuKIkqhLrwe7Rn9g$XZue5cfxt79C6UihcXguzVsSo56qmPYk+MNX2XYS/hw', 1768464000000);
INSERT INTO sessions (token_hash, user_id, opened_at, expires_at) VALUES
    ('eafca4c0fae9d1fc15080c4a3b9170bfbecec255164f6328fbf663279481e808', '019bc0ab-2018-7000-8000-000000000012', 1768464000000, 4102444800000);

-- The operation, its places, its phones.
INSERT INTO operations (id, project, slug, name, admin0, iso3, country, active) VALUES
    ('019bc0ab-2018-7000-8000-000000000021', 1, 'xso', '{"en":"Sorelia crisis","fr":"Crise en Sorélie"}', 'XS', 'XSO', '{"en":"Sorelia","fr":"Sorélie"}', 1);
INSERT INTO exercises (id, operation_id, slug, name, tool, assessment, carry_rounds) VALUES
    ('019bc0ab-2018-7000-8000-000000000022', '019bc0ab-2018-7000-8000-000000000021', 'mobility', '{"en":"Mobility tracking","fr":"Suivi de la mobilité"}', 'b2', 'BA', 2);
INSERT INTO rounds (id, exercise_id, label, starts_on, ends_on, reported_on, scope, state) VALUES
    ('019bc0ab-2018-7000-8000-000000000023', '019bc0ab-2018-7000-8000-000000000022', '1', '2026-01-05', '2026-01-20', '2026-01-20', '[]', 'collecting');
INSERT INTO areas (admin0, pcode, level, body) VALUES
    ('XS', 'XS', 0, '{"pcode":"XS","level":0,"parent":null,"name":{"en":"Sorelia"},"aliases":{},"valid_from":null,"valid_to":null}'),
    ('XS', 'XS01', 1, '{"pcode":"XS01","level":1,"parent":"XS","name":{"en":"Norra"},"aliases":{},"valid_from":null,"valid_to":null}'),
    ('XS', 'XS02', 1, '{"pcode":"XS02","level":1,"parent":"XS","name":{"en":"Sundra"},"aliases":{},"valid_from":null,"valid_to":null}');
INSERT INTO places (operation_id, ssid, area, body) VALUES
    ('019bc0ab-2018-7000-8000-000000000021', 'S1', 'XS01', '{"ssid":"S1","kind":"site","name":"Camp of the hill","area":"XS01","site_type":"camp","position":null,"opened_on":null,"closed_on":null}');
INSERT INTO app_users (id, operation_id, name, token_hash, created_at, revoked_at) VALUES
    ('019bc0ab-2018-7000-8000-000000000026', '019bc0ab-2018-7000-8000-000000000021', 'Awa', 'd53eda7a637c99cc7fb566d96e9fa109bf15c478410a3f5eb4d4c4e26cd081f6', 1768464000000, NULL),
    ('019bc0ab-2018-7000-8000-000000000027', '019bc0ab-2018-7000-8000-000000000021', 'Moussa', '411f6657c2f1c3d02649aacedc5793428b717b7463a1dc5729ab9c9b595e10b5', 1768464000000, 1768464001000);

-- The form and its version.
INSERT INTO forms (id, operation_id, exercise_id, xml_form_id, name, state, created_at) VALUES
    ('019bc0ab-2018-7000-8000-000000000024', '019bc0ab-2018-7000-8000-000000000021', '019bc0ab-2018-7000-8000-000000000022', 'site', 'Site assessment', 'open', 1768464000000);
INSERT INTO form_versions (id, form_id, version, xform, xform_hash, source_hash, source_name, form_schema, created_at, published_at) VALUES
    ('019bc0ab-2018-7000-8000-000000000025', '019bc0ab-2018-7000-8000-000000000024', '1', '<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:orx="http://openrosa.org/xforms">
<h:head><h:title>Site assessment</h:title><model><instance><data id="site" version="1"><idp_ind/><photo/><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/idp_ind" type="int"/><bind nodeset="/data/photo" type="binary"/><bind nodeset="/data/meta/instanceID" type="string" readonly="true()" calculate="concat(''uuid:'', uuid())"/></model></h:head>
<h:body><input ref="/data/idp_ind"><label>Displaced people</label></input><upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload></h:body></h:html>', '6bff15d6b173d1054b5ceb0a13b3497f', NULL, NULL, '{"xml_form_id":"site","version":"1","title":"Site assessment","root":"data","fields":[{"path":"idp_ind","kind":"integer","label":{"en":"Displaced people"},"hxl":null,"choices":[]},{"path":"photo","kind":"file","label":{"en":"Photo"},"hxl":null,"choices":[]},{"path":"meta","kind":"group","label":{},"hxl":null,"choices":[]},{"path":"meta/instanceID","kind":"text","label":{},"hxl":null,"choices":[]}],"media":[],"encrypted":false}', 1768464000000, 1768464000000);

-- Submissions: one with a photo, one that was edited, one that a correction took out. The record of each beside it.
INSERT INTO submissions (id, form_id, form_version_id, round_id, instance_id, deprecated_id, device_id, app_user_id, record_id, superseded_by,
    xml, xml_hash, received_at, received_by) VALUES
    ('019bc0ab-2018-7000-8000-000000000031', '019bc0ab-2018-7000-8000-000000000024', '019bc0ab-2018-7000-8000-000000000025', '019bc0ab-2018-7000-8000-000000000023', 'uuid:first', NULL, 'collect:awa', '019bc0ab-2018-7000-8000-000000000026', '019bc0ab-2018-7000-8000-000000000041', NULL, '<data id="site" version="1"><idp_ind>7</idp_ind><photo>a.jpg</photo><meta><instanceID>uuid:first</instanceID></meta></data>', '7daed6587d7874830ea59f6bcfebce7c4522e814e0aab212cd1ff932e52a4dba', 1768464001000, 'app-user:019bc0ab-2018-7000-8000-000000000026'),
    ('019bc0ab-2018-7000-8000-000000000033', '019bc0ab-2018-7000-8000-000000000024', '019bc0ab-2018-7000-8000-000000000025', '019bc0ab-2018-7000-8000-000000000023', 'uuid:second', NULL, 'collect:awa', '019bc0ab-2018-7000-8000-000000000026', '019bc0ab-2018-7000-8000-000000000042', '019bc0ab-2018-7000-8000-000000000034', '<data id="site" version="1"><idp_ind>20</idp_ind><photo/><meta><instanceID>uuid:second</instanceID></meta></data>', '30cad2c044615e88baee8b166a9893d2083d989d4aa19ff9a9cf6d36fee05c89', 1768464002000, 'app-user:019bc0ab-2018-7000-8000-000000000026'),
    ('019bc0ab-2018-7000-8000-000000000034', '019bc0ab-2018-7000-8000-000000000024', '019bc0ab-2018-7000-8000-000000000025', '019bc0ab-2018-7000-8000-000000000023', 'uuid:second-again', 'uuid:second', 'collect:awa', '019bc0ab-2018-7000-8000-000000000026', '019bc0ab-2018-7000-8000-000000000042', NULL, '<data id="site" version="1"><idp_ind>22</idp_ind><photo/><meta><instanceID>uuid:second-again</instanceID><deprecatedID>uuid:second</deprecatedID></meta></data>', 'd50feeec6aa775f1a05e5a5afc956f47522cf6299ea431f7999f011f87b1d69c', 1768464003000, 'app-user:019bc0ab-2018-7000-8000-000000000026'),
    ('019bc0ab-2018-7000-8000-000000000035', '019bc0ab-2018-7000-8000-000000000024', '019bc0ab-2018-7000-8000-000000000025', '019bc0ab-2018-7000-8000-000000000023', 'uuid:third', NULL, 'collect:awa', '019bc0ab-2018-7000-8000-000000000026', '019bc0ab-2018-7000-8000-000000000043', NULL, '<data id="site" version="1"><idp_ind>900</idp_ind><photo/><meta><instanceID>uuid:third</instanceID></meta></data>', '45ba9321545fdd3be50650fbabb2bd711299831f6f87dd196713fb6603d5444a', 1768464004000, 'app-user:019bc0ab-2018-7000-8000-000000000026');
INSERT INTO submission_files (submission_id, name, hash, size, content_type) VALUES
    ('019bc0ab-2018-7000-8000-000000000031', 'a.jpg', '14b69d00dfc35ff50bc3751a7f1c53fc2218a1cd6e2c7d855e3e5fc65557d8d6', 15, 'image/jpeg');
INSERT INTO records (id, round_id, form_version_id, source, source_file, source_sheet, source_row, answers, segment, removed, edition) VALUES
    ('019bc0ab-2018-7000-8000-000000000041', '019bc0ab-2018-7000-8000-000000000023', '019bc0ab-2018-7000-8000-000000000025', '{"from":"submission","id":"019bc0ab-2018-7000-8000-000000000031"}', NULL, NULL, NULL, '{"values":{"idp_ind":{"t":"integer","v":7},"meta/instanceID":{"t":"text","v":"uuid:first"},"photo":{"t":"text","v":"a.jpg"}}}', NULL, 0, 1),
    ('019bc0ab-2018-7000-8000-000000000042', '019bc0ab-2018-7000-8000-000000000023', '019bc0ab-2018-7000-8000-000000000025', '{"from":"submission","id":"019bc0ab-2018-7000-8000-000000000034"}', NULL, NULL, NULL, '{"values":{"idp_ind":{"t":"integer","v":22},"meta/instanceID":{"t":"text","v":"uuid:second-again"}}}', NULL, 0, 2),
    ('019bc0ab-2018-7000-8000-000000000043', '019bc0ab-2018-7000-8000-000000000023', '019bc0ab-2018-7000-8000-000000000025', '{"from":"submission","id":"019bc0ab-2018-7000-8000-000000000035"}', NULL, NULL, NULL, '{"values":{"idp_ind":{"t":"integer","v":900},"meta/instanceID":{"t":"text","v":"uuid:third"}}}', NULL, 1, 1);

-- What the checks found, and the cleaning log.
INSERT INTO findings (id, round_id, body, body_hash) VALUES
    ('019bc0ab-2018-7000-8000-000000000051', '019bc0ab-2018-7000-8000-000000000023', '{"check":"idp_ind_high","severity":"confirm","record":"019bc0ab-2018-7000-8000-000000000043","place":null,"question":"idp_ind","facts":{"value":"900"}}', '0d5016e3227efae4d6ad5ed3e11cd3237745906837c7b2643c31d658af120a87');
INSERT INTO corrections (id, round_id, record_id, at, body) VALUES
    ('019bc0ab-2018-7000-8000-000000000052', '019bc0ab-2018-7000-8000-000000000023', '019bc0ab-2018-7000-8000-000000000043', 1768464005000, '{"id":"019bc0ab-2018-7000-8000-000000000052","record":"019bc0ab-2018-7000-8000-000000000043","question":null,"old":null,"new":null,"change":"remove_survey","reason":"entered twice","check":null,"by":"019bc0ab-2018-7000-8000-000000000013","at":1768464005000}');

-- The audit log, chained.
INSERT INTO audit (seq, at, actor, action, subject, detail, prev_hash, hash) VALUES
    (1, 1768464000000, 'dtm', 'instance.made', 'old-office', 'null', '', '0536f5fa45c588602b9e9fc5d67ec5df43b1a6c3684e1de1e7e5c81f01c3d358'),
    (2, 1768464000000, 'dtm', 'user.created', '019bc0ab-2018-7000-8000-000000000011', '{"role":"admin"}', '0536f5fa45c588602b9e9fc5d67ec5df43b1a6c3684e1de1e7e5c81f01c3d358', 'e328cce4bb34ad1c5a4907f630eb60679b6e2cee0becb254b9edebb43845e03e'),
    (3, 1768464000000, 'dtm', 'user.created', '019bc0ab-2018-7000-8000-000000000012', '{"role":"officer"}', 'e328cce4bb34ad1c5a4907f630eb60679b6e2cee0becb254b9edebb43845e03e', '6c19c43b34ac1afa2e29dd53bfb3e5cc232b8d4c740cf08d122df92d1e8f1402'),
    (4, 1768464000000, 'dtm', 'user.created', '019bc0ab-2018-7000-8000-000000000013', '{"role":"reviewer"}', '6c19c43b34ac1afa2e29dd53bfb3e5cc232b8d4c740cf08d122df92d1e8f1402', '364e495854464f81215aa3108278b8e22f4ebe550198166d5dcfe1a111a745cb'),
    (5, 1768464000000, 'dtm', 'user.created', '019bc0ab-2018-7000-8000-000000000014', '{"role":"viewer"}', '364e495854464f81215aa3108278b8e22f4ebe550198166d5dcfe1a111a745cb', 'c7a3e5d81f3b7019c7f4c7ded06c0db973f1e2c933c0a275a6f8de6d65349aa4'),
    (6, 1768464000000, '019bc0ab-2018-7000-8000-000000000012', 'session.opened', '019bc0ab-2018-7000-8000-000000000012', 'null', 'c7a3e5d81f3b7019c7f4c7ded06c0db973f1e2c933c0a275a6f8de6d65349aa4', '6817a45f0d4863c9785416edfd320d01da2c0b2024eb4084e2c61805fe625aa0'),
    (7, 1768464000000, 'dtm', 'operation.created', '019bc0ab-2018-7000-8000-000000000021', '{"slug":"xso","project":1}', '6817a45f0d4863c9785416edfd320d01da2c0b2024eb4084e2c61805fe625aa0', '1cf32c0d0a37fa82ce91c9f68704addd01cacf7930753d26e0a828d45b9c505b'),
    (8, 1768464000000, '019bc0ab-2018-7000-8000-000000000012', 'app_user.created', '019bc0ab-2018-7000-8000-000000000026', '{"operation":"019bc0ab-2018-7000-8000-000000000021"}', '1cf32c0d0a37fa82ce91c9f68704addd01cacf7930753d26e0a828d45b9c505b', '490311fc4568f95cfd4153f0fc29f662702e7898a379c2b2b03b1a353f636d12'),
    (9, 1768464000000, '019bc0ab-2018-7000-8000-000000000012', 'app_user.created', '019bc0ab-2018-7000-8000-000000000027', '{"operation":"019bc0ab-2018-7000-8000-000000000021"}', '490311fc4568f95cfd4153f0fc29f662702e7898a379c2b2b03b1a353f636d12', '00ea96303bffb26674759f2a8ac07981503e0ccbb8be7cf369f7b4ad501f6479'),
    (10, 1768464000000, '019bc0ab-2018-7000-8000-000000000012', 'form.created', '019bc0ab-2018-7000-8000-000000000024', '{"exercise":"019bc0ab-2018-7000-8000-000000000022","xml_form_id":"site"}', '00ea96303bffb26674759f2a8ac07981503e0ccbb8be7cf369f7b4ad501f6479', 'a0e1cf4482444addfd58648e0c12335f0866d12b80c523099841b8e657f99cb0'),
    (11, 1768464000000, '019bc0ab-2018-7000-8000-000000000012', 'form_version.added', '019bc0ab-2018-7000-8000-000000000025', '{"form":"019bc0ab-2018-7000-8000-000000000024","version":"1"}', 'a0e1cf4482444addfd58648e0c12335f0866d12b80c523099841b8e657f99cb0', '8ab992d354bf32be50d038a5c56e75643d88fc48f4269c952ca20a2935396b24'),
    (12, 1768464001000, 'app-user:019bc0ab-2018-7000-8000-000000000026', 'submission.received', '019bc0ab-2018-7000-8000-000000000031', '{"form":"019bc0ab-2018-7000-8000-000000000024","instance":"uuid:first","xml":"7daed6587d7874830ea59f6bcfebce7c4522e814e0aab212cd1ff932e52a4dba","files":1,"replaces":null}', '8ab992d354bf32be50d038a5c56e75643d88fc48f4269c952ca20a2935396b24', '7c46dbf4c9854c86a74ca2e49a60efa67185b04735f5a68f196a0de2d5ef2a88'),
    (13, 1768464002000, 'app-user:019bc0ab-2018-7000-8000-000000000026', 'submission.received', '019bc0ab-2018-7000-8000-000000000033', '{"form":"019bc0ab-2018-7000-8000-000000000024","instance":"uuid:second","xml":"30cad2c044615e88baee8b166a9893d2083d989d4aa19ff9a9cf6d36fee05c89","files":0,"replaces":null}', '7c46dbf4c9854c86a74ca2e49a60efa67185b04735f5a68f196a0de2d5ef2a88', '75836a5b2cbbd139383c5f775cdeb05180892b2b7b7517eafa03e017cc211bef'),
    (14, 1768464003000, 'app-user:019bc0ab-2018-7000-8000-000000000026', 'submission.received', '019bc0ab-2018-7000-8000-000000000034', '{"form":"019bc0ab-2018-7000-8000-000000000024","instance":"uuid:second-again","xml":"d50feeec6aa775f1a05e5a5afc956f47522cf6299ea431f7999f011f87b1d69c","files":0,"replaces":"019bc0ab-2018-7000-8000-000000000033"}', '75836a5b2cbbd139383c5f775cdeb05180892b2b7b7517eafa03e017cc211bef', '7cd3f174859ff3ba044a8cd7dc54601037f3819c5a50dda6eeecb0183f3321c2'),
    (15, 1768464004000, 'app-user:019bc0ab-2018-7000-8000-000000000026', 'submission.received', '019bc0ab-2018-7000-8000-000000000035', '{"form":"019bc0ab-2018-7000-8000-000000000024","instance":"uuid:third","xml":"45ba9321545fdd3be50650fbabb2bd711299831f6f87dd196713fb6603d5444a","files":0,"replaces":null}', '7cd3f174859ff3ba044a8cd7dc54601037f3819c5a50dda6eeecb0183f3321c2', 'e71a15200d46ce2d7a48f7a42fc2fc5c4595e4d351ced74967c142af587cd724'),
    (16, 1768464005000, '019bc0ab-2018-7000-8000-000000000013', 'corrections.added', '019bc0ab-2018-7000-8000-000000000023', '{"corrections":1}', 'e71a15200d46ce2d7a48f7a42fc2fc5c4595e4d351ced74967c142af587cd724', '94b61561d7e9108517c2e5d5094b2345150235549a24867b71c9d253f9802a52');
UPDATE audit_head SET seq = 16, hash = '94b61561d7e9108517c2e5d5094b2345150235549a24867b71c9d253f9802a52' WHERE one = 1;
