BEGIN TRANSACTION;
CREATE TABLE attempts (
    attempt  text primary key,
    key      text not null,
    run      text not null,
    task     text not null,
    endpoint text not null,
    provider text not null,
    owner    text not null,
    job      text,
    state    text not null check (state in ('submitting', 'doubtful', 'submitted', 'closed')),
    at       real not null,
    reserved text,
    currency text not null,
    charged  text,                    -- what the far side said it cost
    outcome  text                     -- refused, absent, abandoned, failed, lost, collected
) strict;
INSERT INTO "attempts" VALUES('attempt-000001','9239fecf18cab6ce8f19fd96dd2c58b5f24d67508761fc9064fb99f2646994d6','run-1','still','fake/picture','simulator','owner-1','job-0001','closed',1700000000.0,'1.00','CNY','0.9','collected');
INSERT INTO "attempts" VALUES('attempt-000002','8a9746edf1659ab491574c808851a229a74e91d3ab72fa314606126b0e9c9923','run-1','words','fake/words','simulator','owner-1','job-0002','closed',1700000000.0,'1.00','CNY','0.9','collected');
INSERT INTO "attempts" VALUES('attempt-000003','105586971efe58109aee2b48299cbde00b8d83c376b572f76e5e5955a8d3847f','run-1','paste','local/paste','local','owner-1','job-0001','closed',1700000000.0,'0.00','CNY','0.9','collected');
INSERT INTO "attempts" VALUES('attempt-000004','99f078e41db69c37d54fee5ff09e928e75512fa73f2c316e6f56af9a9e288cda','run-1','in flight','fake/picture','simulator','owner-1','job-0003','submitted',1700000000.0,'1.00','CNY',NULL,NULL);
INSERT INTO "attempts" VALUES('attempt-000005','64c72d8bef5861de92bc4d6e2c3e8261795c34f58855dd0b5f75872d65d820f5','run-1','in doubt','fake/picture','simulator','owner-1',NULL,'doubtful',1700000000.0,'1.00','CNY',NULL,NULL);
INSERT INTO "attempts" VALUES('attempt-000006','f58c05c082e47a12ba1ebddc51faa85c9f5a5c08fa4ea40148117e81ead3a22f','run-1','refused','fake/picture','simulator','owner-1',NULL,'closed',1700000000.0,'1.00','CNY',NULL,'refused');
INSERT INTO "attempts" VALUES('attempt-000007','14f9b125f0de3308e8b91636bc46d3c145251c23456862111566a94d56defd32','run-1','failed','fake/picture','simulator','owner-1','job-0005','closed',1700000000.0,'1.00','CNY',NULL,'failed');
INSERT INTO "attempts" VALUES('attempt-000008','7249244ff85781e15f9eb6283200a76b5adc0610f5f1465ad8d5b3534c59bb5b','run-1','ladder','fake/picture','simulator','owner-1','job-0006','closed',1700000000.0,'1.00','CNY',NULL,'failed');
INSERT INTO "attempts" VALUES('attempt-000009','f58c05c082e47a12ba1ebddc51faa85c9f5a5c08fa4ea40148117e81ead3a22f','run-1','refused','fake/picture','simulator','owner-1','job-0007','closed',1700000004.99,'1.00','CNY','0.9','collected');
INSERT INTO "attempts" VALUES('attempt-000010','28fa5ce790c54f5961fa9828ae67ef9d44a32a1129ca1ecb41d1e62d9b680e5f','run-1','ladder','fake/words','simulator','owner-1','job-0008','closed',1700000006.99,'1.00','CNY','0.9','collected');
INSERT INTO "attempts" VALUES('attempt-000011','eab61e6e1f7497dbfbf3caf50c25a760abcafdee20122dd4a0c57a2c95478f2d','run-1','clip','fake/picture','simulator','owner-1','job-0009','closed',1700000006.99,'1.00','CNY','0.9','collected');
INSERT INTO "attempts" VALUES('attempt-000012','14f9b125f0de3308e8b91636bc46d3c145251c23456862111566a94d56defd32','run-2','failed','fake/picture','simulator','owner-2','job-0010','closed',1700000006.99,'1.00','CNY','0.9','collected');
INSERT INTO "attempts" VALUES('attempt-000013','173153964c4df1290214ca61237e7a5a843c1e7846040c14fa306753789afbf6','run-2','blocked','fake/picture','simulator','owner-2','job-0011','closed',1700000012.98,'1.00','CNY','0.9','collected');
INSERT INTO "attempts" VALUES('w','key-w','run-3','written off','fake/picture','simulator','me',NULL,'closed',1700000001.0,'1','CNY',NULL,'abandoned');
INSERT INTO "attempts" VALUES('f','key-f','run-3','found','fake/picture','simulator','me','job-77','submitted',1700000001.0,'1','CNY',NULL,NULL);
INSERT INTO "attempts" VALUES('n','key-n','run-3','absent','fake/picture','simulator','me',NULL,'closed',1700000001.0,'1','CNY',NULL,'absent');
INSERT INTO "attempts" VALUES('l','key-l','run-3','lost result','fake/picture','simulator','me','job-78','closed',1700000001.0,'1','CNY',NULL,'lost');
INSERT INTO "attempts" VALUES('b','key-b','run-3','backoff','fake/picture','simulator','me',NULL,'closed',1700000001.0,'1','CNY',NULL,'refused');
CREATE TABLE events (
    run  text not null,
    task text not null,
    seq  integer not null,            -- from 1, without gaps, per task
    at   real not null,               -- seconds since 1970
    name text not null,
    body text not null,               -- JSON
    primary key (run, task, seq)
) strict, without rowid;
INSERT INTO "events" VALUES('run-1','blocked',1,1700000006.99,'Blocked','{"failure": {"kind": "upstream", "code": null, "message": "failed, which it needs, has failed", "hint": null, "charged": "no", "repeatable": false}}');
INSERT INTO "events" VALUES('run-1','clip',1,1700000006.99,'Keyed','{"key": "eab61e6e1f7497dbfbf3caf50c25a760abcafdee20122dd4a0c57a2c95478f2d", "endpoint": "fake/picture", "request": {"prompt": "clip", "image": {"$blob": {"sha256": "3285ed488f818fb8b8682311a3eff85b42f41598c7339365ccbddd9e5611616b", "kind": "image", "suffix": "png", "url": "https://far.example/job-0001.png", "seconds": null}}}}');
INSERT INTO "events" VALUES('run-1','clip',2,1700000006.99,'SubmitIntended','{"key": "eab61e6e1f7497dbfbf3caf50c25a760abcafdee20122dd4a0c57a2c95478f2d", "attempt": "attempt-000011", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-1", "known": 0}');
INSERT INTO "events" VALUES('run-1','clip',3,1700000006.99,'Accepted','{"attempt": "attempt-000011", "job": "job-0009"}');
INSERT INTO "events" VALUES('run-1','clip',4,1700000006.99,'JobSucceeded','{"attempt": "attempt-000011", "results": [{"url": "https://far.example/job-0009.png", "type": "png", "text": null, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}}');
INSERT INTO "events" VALUES('run-1','clip',5,1700000006.99,'Collected','{"attempt": "attempt-000011", "key": "eab61e6e1f7497dbfbf3caf50c25a760abcafdee20122dd4a0c57a2c95478f2d", "model": "fake/picture", "artifacts": [{"kind": "image", "sha256": "aea453aa832ad06f544d84f14e83e21a8bfe30c89a5000662c3931d22ffacdcf", "bytes": 96, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0009.png", "expires": 1700086400.0, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}, "also": []}');
INSERT INTO "events" VALUES('run-1','failed',1,1700000000.0,'Keyed','{"key": "14f9b125f0de3308e8b91636bc46d3c145251c23456862111566a94d56defd32", "endpoint": "fake/picture", "request": {"prompt": "failed"}}');
INSERT INTO "events" VALUES('run-1','failed',2,1700000000.0,'SubmitIntended','{"key": "14f9b125f0de3308e8b91636bc46d3c145251c23456862111566a94d56defd32", "attempt": "attempt-000007", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-1", "known": 0}');
INSERT INTO "events" VALUES('run-1','failed',3,1700000001.0,'Accepted','{"attempt": "attempt-000007", "job": "job-0005"}');
INSERT INTO "events" VALUES('run-1','failed',4,1700000003.3,'JobFailed','{"attempt": "attempt-000007", "failure": {"kind": "vendor_error", "code": null, "message": "said vendor_error", "hint": null, "charged": "unknown", "repeatable": false}, "usage": {"money": null, "currency": null, "coins": null, "third_party": null, "seconds": null}}');
INSERT INTO "events" VALUES('run-1','failed',5,1700000004.99,'GaveUp','{"failure": {"kind": "vendor_error", "code": null, "message": "said vendor_error", "hint": null, "charged": "unknown", "repeatable": false}}');
INSERT INTO "events" VALUES('run-1','in doubt',1,1700000000.0,'Keyed','{"key": "64c72d8bef5861de92bc4d6e2c3e8261795c34f58855dd0b5f75872d65d820f5", "endpoint": "fake/picture", "request": {"prompt": "in doubt"}}');
INSERT INTO "events" VALUES('run-1','in doubt',2,1700000000.0,'SubmitIntended','{"key": "64c72d8bef5861de92bc4d6e2c3e8261795c34f58855dd0b5f75872d65d820f5", "attempt": "attempt-000005", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-1", "known": 0}');
INSERT INTO "events" VALUES('run-1','in doubt',3,1700000001.0,'Lost','{"attempt": "attempt-000005", "failure": {"kind": "in_doubt", "code": null, "message": "said in_doubt", "hint": null, "charged": "unknown", "repeatable": false}}');
INSERT INTO "events" VALUES('run-1','in flight',1,1700000000.0,'Keyed','{"key": "99f078e41db69c37d54fee5ff09e928e75512fa73f2c316e6f56af9a9e288cda", "endpoint": "fake/picture", "request": {"prompt": "in flight"}}');
INSERT INTO "events" VALUES('run-1','in flight',2,1700000000.0,'SubmitIntended','{"key": "99f078e41db69c37d54fee5ff09e928e75512fa73f2c316e6f56af9a9e288cda", "attempt": "attempt-000004", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-1", "known": 0}');
INSERT INTO "events" VALUES('run-1','in flight',3,1700000000.0,'Accepted','{"attempt": "attempt-000004", "job": "job-0003"}');
INSERT INTO "events" VALUES('run-1','ladder',1,1700000000.0,'Keyed','{"key": "7249244ff85781e15f9eb6283200a76b5adc0610f5f1465ad8d5b3534c59bb5b", "endpoint": "fake/picture", "request": {"prompt": "ladder"}}');
INSERT INTO "events" VALUES('run-1','ladder',2,1700000000.0,'SubmitIntended','{"key": "7249244ff85781e15f9eb6283200a76b5adc0610f5f1465ad8d5b3534c59bb5b", "attempt": "attempt-000008", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-1", "known": 0}');
INSERT INTO "events" VALUES('run-1','ladder',3,1700000001.0,'Accepted','{"attempt": "attempt-000008", "job": "job-0006"}');
INSERT INTO "events" VALUES('run-1','ladder',4,1700000003.3,'JobFailed','{"attempt": "attempt-000008", "failure": {"kind": "vendor_error", "code": null, "message": "said vendor_error", "hint": null, "charged": "unknown", "repeatable": false}, "usage": {"money": null, "currency": null, "coins": null, "third_party": null, "seconds": null}}');
INSERT INTO "events" VALUES('run-1','ladder',5,1700000004.99,'FellBack','{"rung": 1, "uses": "fake/words", "failure": {"kind": "vendor_error", "code": null, "message": "said vendor_error", "hint": null, "charged": "unknown", "repeatable": false}}');
INSERT INTO "events" VALUES('run-1','ladder',6,1700000004.99,'Keyed','{"key": "28fa5ce790c54f5961fa9828ae67ef9d44a32a1129ca1ecb41d1e62d9b680e5f", "endpoint": "fake/words", "request": {"prompt": "ladder, the second"}}');
INSERT INTO "events" VALUES('run-1','ladder',7,1700000006.99,'SubmitIntended','{"key": "28fa5ce790c54f5961fa9828ae67ef9d44a32a1129ca1ecb41d1e62d9b680e5f", "attempt": "attempt-000010", "endpoint": "fake/words", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-1", "known": 0}');
INSERT INTO "events" VALUES('run-1','ladder',8,1700000006.99,'Accepted','{"attempt": "attempt-000010", "job": "job-0008"}');
INSERT INTO "events" VALUES('run-1','ladder',9,1700000006.99,'JobSucceeded','{"attempt": "attempt-000010", "results": [{"url": null, "type": "txt", "text": "words of job-0008", "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}}');
INSERT INTO "events" VALUES('run-1','ladder',10,1700000006.99,'Collected','{"attempt": "attempt-000010", "key": "28fa5ce790c54f5961fa9828ae67ef9d44a32a1129ca1ecb41d1e62d9b680e5f", "model": "fake/words", "artifacts": [{"kind": "text", "sha256": "4a9877af5566b1b46ae723d380a93b866b793e974a4429f2f23916285b42faa9", "bytes": 17, "suffix": "txt", "seconds": null, "width": null, "height": null, "text": "words of job-0008", "url": null, "expires": null, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}, "also": ["7249244ff85781e15f9eb6283200a76b5adc0610f5f1465ad8d5b3534c59bb5b"]}');
INSERT INTO "events" VALUES('run-1','paste',1,1700000000.0,'Keyed','{"key": "105586971efe58109aee2b48299cbde00b8d83c376b572f76e5e5955a8d3847f", "endpoint": "local/paste", "request": {"prompt": "paste"}}');
INSERT INTO "events" VALUES('run-1','paste',2,1700000000.0,'SubmitIntended','{"key": "105586971efe58109aee2b48299cbde00b8d83c376b572f76e5e5955a8d3847f", "attempt": "attempt-000003", "endpoint": "local/paste", "provider": "local", "reserved": "0.00", "currency": "CNY", "owner": "owner-1", "known": 0}');
INSERT INTO "events" VALUES('run-1','paste',3,1700000000.0,'Accepted','{"attempt": "attempt-000003", "job": "job-0001"}');
INSERT INTO "events" VALUES('run-1','paste',4,1700000000.0,'JobSucceeded','{"attempt": "attempt-000003", "results": [{"url": "https://far.example/job-0001.png", "type": "png", "text": null, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}}');
INSERT INTO "events" VALUES('run-1','paste',5,1700000006.99,'Collected','{"attempt": "attempt-000003", "key": "105586971efe58109aee2b48299cbde00b8d83c376b572f76e5e5955a8d3847f", "model": "local/paste", "artifacts": [{"kind": "image", "sha256": "3285ed488f818fb8b8682311a3eff85b42f41598c7339365ccbddd9e5611616b", "bytes": 98, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0001.png", "expires": 1700086400.0, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}, "also": []}');
INSERT INTO "events" VALUES('run-1','refused',1,1700000000.0,'Keyed','{"key": "f58c05c082e47a12ba1ebddc51faa85c9f5a5c08fa4ea40148117e81ead3a22f", "endpoint": "fake/picture", "request": {"prompt": "refused"}}');
INSERT INTO "events" VALUES('run-1','refused',2,1700000000.0,'SubmitIntended','{"key": "f58c05c082e47a12ba1ebddc51faa85c9f5a5c08fa4ea40148117e81ead3a22f", "attempt": "attempt-000006", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-1", "known": 0}');
INSERT INTO "events" VALUES('run-1','refused',3,1700000001.0,'Refused','{"attempt": "attempt-000006", "failure": {"kind": "throttled", "code": null, "message": "said throttled", "hint": null, "charged": "no", "repeatable": false}}');
INSERT INTO "events" VALUES('run-1','refused',4,1700000002.3,'RetryPlanned','{"due": 1700000004.3, "counts": false}');
INSERT INTO "events" VALUES('run-1','refused',5,1700000004.99,'SubmitIntended','{"key": "f58c05c082e47a12ba1ebddc51faa85c9f5a5c08fa4ea40148117e81ead3a22f", "attempt": "attempt-000009", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-1", "known": 1}');
INSERT INTO "events" VALUES('run-1','refused',6,1700000006.99,'Accepted','{"attempt": "attempt-000009", "job": "job-0007"}');
INSERT INTO "events" VALUES('run-1','refused',7,1700000006.99,'JobSucceeded','{"attempt": "attempt-000009", "results": [{"url": "https://far.example/job-0007.png", "type": "png", "text": null, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}}');
INSERT INTO "events" VALUES('run-1','refused',8,1700000006.99,'Collected','{"attempt": "attempt-000009", "key": "f58c05c082e47a12ba1ebddc51faa85c9f5a5c08fa4ea40148117e81ead3a22f", "model": "fake/picture", "artifacts": [{"kind": "image", "sha256": "74a741c9644aaf7fa646dcd144b4b3b62f0ea0b157a0d21776d6d1bdb3714bef", "bytes": 96, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0007.png", "expires": 1700086400.0, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}, "also": []}');
INSERT INTO "events" VALUES('run-1','still',1,1700000000.0,'Keyed','{"key": "9239fecf18cab6ce8f19fd96dd2c58b5f24d67508761fc9064fb99f2646994d6", "endpoint": "fake/picture", "request": {"prompt": "still"}}');
INSERT INTO "events" VALUES('run-1','still',2,1700000000.0,'SubmitIntended','{"key": "9239fecf18cab6ce8f19fd96dd2c58b5f24d67508761fc9064fb99f2646994d6", "attempt": "attempt-000001", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-1", "known": 0}');
INSERT INTO "events" VALUES('run-1','still',3,1700000000.0,'Accepted','{"attempt": "attempt-000001", "job": "job-0001"}');
INSERT INTO "events" VALUES('run-1','still',4,1700000000.0,'JobSucceeded','{"attempt": "attempt-000001", "results": [{"url": "https://far.example/job-0001.png", "type": "png", "text": null, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}}');
INSERT INTO "events" VALUES('run-1','still',5,1700000006.99,'Collected','{"attempt": "attempt-000001", "key": "9239fecf18cab6ce8f19fd96dd2c58b5f24d67508761fc9064fb99f2646994d6", "model": "fake/picture", "artifacts": [{"kind": "image", "sha256": "3285ed488f818fb8b8682311a3eff85b42f41598c7339365ccbddd9e5611616b", "bytes": 98, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0001.png", "expires": 1700086400.0, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}, "also": []}');
INSERT INTO "events" VALUES('run-1','words',1,1700000000.0,'Keyed','{"key": "8a9746edf1659ab491574c808851a229a74e91d3ab72fa314606126b0e9c9923", "endpoint": "fake/words", "request": {"prompt": "words"}}');
INSERT INTO "events" VALUES('run-1','words',2,1700000000.0,'SubmitIntended','{"key": "8a9746edf1659ab491574c808851a229a74e91d3ab72fa314606126b0e9c9923", "attempt": "attempt-000002", "endpoint": "fake/words", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-1", "known": 0}');
INSERT INTO "events" VALUES('run-1','words',3,1700000000.0,'Accepted','{"attempt": "attempt-000002", "job": "job-0002"}');
INSERT INTO "events" VALUES('run-1','words',4,1700000000.0,'JobSucceeded','{"attempt": "attempt-000002", "results": [{"url": null, "type": "txt", "text": "words of job-0002", "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}}');
INSERT INTO "events" VALUES('run-1','words',5,1700000006.99,'Collected','{"attempt": "attempt-000002", "key": "8a9746edf1659ab491574c808851a229a74e91d3ab72fa314606126b0e9c9923", "model": "fake/words", "artifacts": [{"kind": "text", "sha256": "4025ca7fd7a58325bee72385d26bc83023dd3feef598a32cfe70f99c51b7e96a", "bytes": 17, "suffix": "txt", "seconds": null, "width": null, "height": null, "text": "words of job-0002", "url": null, "expires": null, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}, "also": []}');
INSERT INTO "events" VALUES('run-2','blocked',1,1700000012.98,'Keyed','{"key": "173153964c4df1290214ca61237e7a5a843c1e7846040c14fa306753789afbf6", "endpoint": "fake/picture", "request": {"prompt": "blocked"}}');
INSERT INTO "events" VALUES('run-2','blocked',2,1700000012.98,'SubmitIntended','{"key": "173153964c4df1290214ca61237e7a5a843c1e7846040c14fa306753789afbf6", "attempt": "attempt-000013", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-2", "known": 0}');
INSERT INTO "events" VALUES('run-2','blocked',3,1700000012.98,'Accepted','{"attempt": "attempt-000013", "job": "job-0011"}');
INSERT INTO "events" VALUES('run-2','blocked',4,1700000012.98,'JobSucceeded','{"attempt": "attempt-000013", "results": [{"url": "https://far.example/job-0011.png", "type": "png", "text": null, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}}');
INSERT INTO "events" VALUES('run-2','blocked',5,1700000012.98,'Collected','{"attempt": "attempt-000013", "key": "173153964c4df1290214ca61237e7a5a843c1e7846040c14fa306753789afbf6", "model": "fake/picture", "artifacts": [{"kind": "image", "sha256": "a05ec116b66b5d51de955dbedba01a9c4e2e2172d617e1725519ee737b44914b", "bytes": 98, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0011.png", "expires": 1700086400.0, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}, "also": []}');
INSERT INTO "events" VALUES('run-2','clip',1,1700000006.99,'CacheHit','{"key": "eab61e6e1f7497dbfbf3caf50c25a760abcafdee20122dd4a0c57a2c95478f2d", "model": "fake/picture", "artifacts": [{"kind": "image", "sha256": "aea453aa832ad06f544d84f14e83e21a8bfe30c89a5000662c3931d22ffacdcf", "bytes": 96, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0009.png", "expires": 1700086400.0, "node": null}], "run": "run-1", "task": "clip"}');
INSERT INTO "events" VALUES('run-2','failed',1,1700000006.99,'Keyed','{"key": "14f9b125f0de3308e8b91636bc46d3c145251c23456862111566a94d56defd32", "endpoint": "fake/picture", "request": {"prompt": "failed"}}');
INSERT INTO "events" VALUES('run-2','failed',2,1700000006.99,'SubmitIntended','{"key": "14f9b125f0de3308e8b91636bc46d3c145251c23456862111566a94d56defd32", "attempt": "attempt-000012", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1.00", "currency": "CNY", "owner": "owner-2", "known": 1}');
INSERT INTO "events" VALUES('run-2','failed',3,1700000007.99,'Accepted','{"attempt": "attempt-000012", "job": "job-0010"}');
INSERT INTO "events" VALUES('run-2','failed',4,1700000010.98,'JobSucceeded','{"attempt": "attempt-000012", "results": [{"url": "https://far.example/job-0010.png", "type": "png", "text": null, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}}');
INSERT INTO "events" VALUES('run-2','failed',5,1700000012.98,'Collected','{"attempt": "attempt-000012", "key": "14f9b125f0de3308e8b91636bc46d3c145251c23456862111566a94d56defd32", "model": "fake/picture", "artifacts": [{"kind": "image", "sha256": "8a7bc56124e44f88a258c267db82a6b63b76c5faf4ac0c74443ae9893ed6e8e6", "bytes": 98, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0010.png", "expires": 1700086400.0, "node": null}], "usage": {"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}, "also": []}');
INSERT INTO "events" VALUES('run-2','in doubt',1,1700000006.99,'Keyed','{"key": "64c72d8bef5861de92bc4d6e2c3e8261795c34f58855dd0b5f75872d65d820f5", "endpoint": "fake/picture", "request": {"prompt": "in doubt"}}');
INSERT INTO "events" VALUES('run-2','in doubt',2,1700000006.99,'Adopted','{"key": "64c72d8bef5861de92bc4d6e2c3e8261795c34f58855dd0b5f75872d65d820f5", "attempt": "attempt-000005", "run": "run-1", "task": "in doubt", "job": null}');
INSERT INTO "events" VALUES('run-2','in flight',1,1700000006.99,'Keyed','{"key": "99f078e41db69c37d54fee5ff09e928e75512fa73f2c316e6f56af9a9e288cda", "endpoint": "fake/picture", "request": {"prompt": "in flight"}}');
INSERT INTO "events" VALUES('run-2','in flight',2,1700000006.99,'Adopted','{"key": "99f078e41db69c37d54fee5ff09e928e75512fa73f2c316e6f56af9a9e288cda", "attempt": "attempt-000004", "run": "run-1", "task": "in flight", "job": "job-0003"}');
INSERT INTO "events" VALUES('run-2','in flight',3,1700000006.99,'JobStarted','{"attempt": "attempt-000004"}');
INSERT INTO "events" VALUES('run-2','ladder',1,1700000006.99,'CacheHit','{"key": "7249244ff85781e15f9eb6283200a76b5adc0610f5f1465ad8d5b3534c59bb5b", "model": "fake/words", "artifacts": [{"kind": "text", "sha256": "4a9877af5566b1b46ae723d380a93b866b793e974a4429f2f23916285b42faa9", "bytes": 17, "suffix": "txt", "seconds": null, "width": null, "height": null, "text": "words of job-0008", "url": null, "expires": null, "node": null}], "run": "run-1", "task": "ladder"}');
INSERT INTO "events" VALUES('run-2','paste',1,1700000006.99,'CacheHit','{"key": "105586971efe58109aee2b48299cbde00b8d83c376b572f76e5e5955a8d3847f", "model": "local/paste", "artifacts": [{"kind": "image", "sha256": "3285ed488f818fb8b8682311a3eff85b42f41598c7339365ccbddd9e5611616b", "bytes": 98, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0001.png", "expires": 1700086400.0, "node": null}], "run": "run-1", "task": "paste"}');
INSERT INTO "events" VALUES('run-2','refused',1,1700000006.99,'CacheHit','{"key": "f58c05c082e47a12ba1ebddc51faa85c9f5a5c08fa4ea40148117e81ead3a22f", "model": "fake/picture", "artifacts": [{"kind": "image", "sha256": "74a741c9644aaf7fa646dcd144b4b3b62f0ea0b157a0d21776d6d1bdb3714bef", "bytes": 96, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0007.png", "expires": 1700086400.0, "node": null}], "run": "run-1", "task": "refused"}');
INSERT INTO "events" VALUES('run-2','still',1,1700000006.99,'CacheHit','{"key": "9239fecf18cab6ce8f19fd96dd2c58b5f24d67508761fc9064fb99f2646994d6", "model": "fake/picture", "artifacts": [{"kind": "image", "sha256": "3285ed488f818fb8b8682311a3eff85b42f41598c7339365ccbddd9e5611616b", "bytes": 98, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0001.png", "expires": 1700086400.0, "node": null}], "run": "run-1", "task": "still"}');
INSERT INTO "events" VALUES('run-2','words',1,1700000006.99,'CacheHit','{"key": "8a9746edf1659ab491574c808851a229a74e91d3ab72fa314606126b0e9c9923", "model": "fake/words", "artifacts": [{"kind": "text", "sha256": "4025ca7fd7a58325bee72385d26bc83023dd3feef598a32cfe70f99c51b7e96a", "bytes": 17, "suffix": "txt", "seconds": null, "width": null, "height": null, "text": "words of job-0002", "url": null, "expires": null, "node": null}], "run": "run-1", "task": "words"}');
INSERT INTO "events" VALUES('run-3','absent',1,1700000000.0,'Keyed','{"key": "key-n", "endpoint": "fake/picture", "request": {"prompt": "n"}}');
INSERT INTO "events" VALUES('run-3','absent',2,1700000001.0,'SubmitIntended','{"key": "key-n", "attempt": "n", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1", "currency": "CNY", "owner": "me", "known": null}');
INSERT INTO "events" VALUES('run-3','absent',3,1700000002.0,'Lost','{"attempt": "n", "failure": {"kind": "in_doubt", "code": null, "message": "nobody knows", "hint": null, "charged": "unknown", "repeatable": false}}');
INSERT INTO "events" VALUES('run-3','absent',4,1700000003.0,'Absent','{"attempt": "n", "by": "settle --repeat"}');
INSERT INTO "events" VALUES('run-3','backoff',1,1700000000.0,'Keyed','{"key": "key-b", "endpoint": "fake/picture", "request": {"prompt": "b"}}');
INSERT INTO "events" VALUES('run-3','backoff',2,1700000001.0,'SubmitIntended','{"key": "key-b", "attempt": "b", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1", "currency": "CNY", "owner": "me", "known": null}');
INSERT INTO "events" VALUES('run-3','backoff',3,1700000002.0,'Refused','{"attempt": "b", "failure": {"kind": "vendor_error", "code": "1000", "message": "it broke", "hint": "try later", "charged": "unknown", "repeatable": true}}');
INSERT INTO "events" VALUES('run-3','backoff',4,1700000003.0,'RetryPlanned','{"due": 1700000005.0, "counts": true}');
INSERT INTO "events" VALUES('run-3','cancelled',1,1700000000.0,'Keyed','{"key": "k", "endpoint": "fake/picture", "request": {"prompt": "a", "image": {"$blob": {"sha256": "0"}}}}');
INSERT INTO "events" VALUES('run-3','cancelled',2,1700000001.0,'Cancelled','{"by": "a person"}');
INSERT INTO "events" VALUES('run-3','cancelled',3,1700000002.0,'Reopened','{"by": "resume --yes"}');
INSERT INTO "events" VALUES('run-3','found',1,1700000000.0,'Keyed','{"key": "key-f", "endpoint": "fake/picture", "request": {"prompt": "f"}}');
INSERT INTO "events" VALUES('run-3','found',2,1700000001.0,'SubmitIntended','{"key": "key-f", "attempt": "f", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1", "currency": "CNY", "owner": "me", "known": null}');
INSERT INTO "events" VALUES('run-3','found',3,1700000002.0,'Lost','{"attempt": "f", "failure": {"kind": "in_doubt", "code": null, "message": "nobody knows", "hint": null, "charged": "unknown", "repeatable": false}}');
INSERT INTO "events" VALUES('run-3','found',4,1700000003.0,'Found','{"attempt": "f", "job": "job-77", "by": "settle"}');
INSERT INTO "events" VALUES('run-3','lost result',1,1700000000.0,'Keyed','{"key": "key-l", "endpoint": "fake/picture", "request": {"prompt": "l"}}');
INSERT INTO "events" VALUES('run-3','lost result',2,1700000001.0,'SubmitIntended','{"key": "key-l", "attempt": "l", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1", "currency": "CNY", "owner": "me", "known": null}');
INSERT INTO "events" VALUES('run-3','lost result',3,1700000002.0,'Accepted','{"attempt": "l", "job": "job-78"}');
INSERT INTO "events" VALUES('run-3','lost result',4,1700000003.0,'JobStarted','{"attempt": "l"}');
INSERT INTO "events" VALUES('run-3','lost result',5,1700000004.0,'JobSucceeded','{"attempt": "l", "results": [{"url": "https://far.example/job-78.png", "type": "png", "text": null, "node": null}], "usage": {}}');
INSERT INTO "events" VALUES('run-3','lost result',6,1700000005.0,'ResultLost','{"attempt": "l", "failure": {"kind": "vendor_error", "code": "1000", "message": "it broke", "hint": "try later", "charged": "unknown", "repeatable": true}}');
INSERT INTO "events" VALUES('run-3','skipped',1,1700000000.0,'Skipped','{"reason": "its condition is false"}');
INSERT INTO "events" VALUES('run-3','written off',1,1700000000.0,'Keyed','{"key": "key-w", "endpoint": "fake/picture", "request": {"prompt": "w"}}');
INSERT INTO "events" VALUES('run-3','written off',2,1700000001.0,'SubmitIntended','{"key": "key-w", "attempt": "w", "endpoint": "fake/picture", "provider": "simulator", "reserved": "1", "currency": "CNY", "owner": "me", "known": null}');
INSERT INTO "events" VALUES('run-3','written off',3,1700000002.0,'Lost','{"attempt": "w", "failure": {"kind": "in_doubt", "code": null, "message": "nobody knows", "hint": null, "charged": "unknown", "repeatable": false}}');
INSERT INTO "events" VALUES('run-3','written off',4,1700000003.0,'Abandoned','{"attempt": "w", "failure": {"kind": "vendor_error", "code": "1000", "message": "it broke", "hint": "try later", "charged": "unknown", "repeatable": true}}');
CREATE TABLE files (
    path   text primary key,
    size   integer not null,
    mtime  integer not null,          -- nanoseconds
    sha256 text not null,
    facts  text not null              -- JSON: kind, seconds
) strict, without rowid;
INSERT INTO "files" VALUES('/a.png',3,4,'abababababababababababababababababababababababababababababababab','{"kind": "image", "seconds": null}');
CREATE TABLE holders (
    attempt text not null,
    run     text not null,
    task    text not null,
    primary key (attempt, run, task)
) strict, without rowid;
INSERT INTO "holders" VALUES('attempt-000001','run-1','still');
INSERT INTO "holders" VALUES('attempt-000002','run-1','words');
INSERT INTO "holders" VALUES('attempt-000003','run-1','paste');
INSERT INTO "holders" VALUES('attempt-000004','run-1','in flight');
INSERT INTO "holders" VALUES('attempt-000004','run-2','in flight');
INSERT INTO "holders" VALUES('attempt-000005','run-1','in doubt');
INSERT INTO "holders" VALUES('attempt-000005','run-2','in doubt');
INSERT INTO "holders" VALUES('attempt-000006','run-1','refused');
INSERT INTO "holders" VALUES('attempt-000007','run-1','failed');
INSERT INTO "holders" VALUES('attempt-000008','run-1','ladder');
INSERT INTO "holders" VALUES('attempt-000009','run-1','refused');
INSERT INTO "holders" VALUES('attempt-000010','run-1','ladder');
INSERT INTO "holders" VALUES('attempt-000011','run-1','clip');
INSERT INTO "holders" VALUES('attempt-000012','run-2','failed');
INSERT INTO "holders" VALUES('attempt-000013','run-2','blocked');
INSERT INTO "holders" VALUES('b','run-3','backoff');
INSERT INTO "holders" VALUES('f','run-3','found');
INSERT INTO "holders" VALUES('l','run-3','lost result');
INSERT INTO "holders" VALUES('n','run-3','absent');
INSERT INTO "holders" VALUES('w','run-3','written off');
CREATE TABLE leases (
    name  text primary key,
    owner text not null,
    at    real not null
) strict, without rowid;
INSERT INTO "leases" VALUES('run run-2','owner-2',1700000000.0);
CREATE TABLE placed (
    path   text primary key,
    sha256 text not null,
    size   integer not null,
    mtime  integer not null
) strict, without rowid;
INSERT INTO "placed" VALUES('/out/a.png','abababababababababababababababababababababababababababababababab',5,6);
CREATE TABLE results (
    key       text primary key,
    run       text not null,
    task      text not null,
    model     text not null,
    artifacts text not null,          -- JSON list
    usage     text not null,
    estimated text,
    at        real not null
) strict, without rowid;
INSERT INTO "results" VALUES('105586971efe58109aee2b48299cbde00b8d83c376b572f76e5e5955a8d3847f','run-1','paste','local/paste','[{"kind": "image", "sha256": "3285ed488f818fb8b8682311a3eff85b42f41598c7339365ccbddd9e5611616b", "bytes": 98, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0001.png", "expires": 1700086400.0, "node": null}]','{"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}','0.00',1700000006.99);
INSERT INTO "results" VALUES('14f9b125f0de3308e8b91636bc46d3c145251c23456862111566a94d56defd32','run-2','failed','fake/picture','[{"kind": "image", "sha256": "8a7bc56124e44f88a258c267db82a6b63b76c5faf4ac0c74443ae9893ed6e8e6", "bytes": 98, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0010.png", "expires": 1700086400.0, "node": null}]','{"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}','1.00',1700000012.98);
INSERT INTO "results" VALUES('173153964c4df1290214ca61237e7a5a843c1e7846040c14fa306753789afbf6','run-2','blocked','fake/picture','[{"kind": "image", "sha256": "a05ec116b66b5d51de955dbedba01a9c4e2e2172d617e1725519ee737b44914b", "bytes": 98, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0011.png", "expires": 1700086400.0, "node": null}]','{"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}','1.00',1700000012.98);
INSERT INTO "results" VALUES('28fa5ce790c54f5961fa9828ae67ef9d44a32a1129ca1ecb41d1e62d9b680e5f','run-1','ladder','fake/words','[{"kind": "text", "sha256": "4a9877af5566b1b46ae723d380a93b866b793e974a4429f2f23916285b42faa9", "bytes": 17, "suffix": "txt", "seconds": null, "width": null, "height": null, "text": "words of job-0008", "url": null, "expires": null, "node": null}]','{"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}','1.00',1700000006.99);
INSERT INTO "results" VALUES('7249244ff85781e15f9eb6283200a76b5adc0610f5f1465ad8d5b3534c59bb5b','run-1','ladder','fake/words','[{"kind": "text", "sha256": "4a9877af5566b1b46ae723d380a93b866b793e974a4429f2f23916285b42faa9", "bytes": 17, "suffix": "txt", "seconds": null, "width": null, "height": null, "text": "words of job-0008", "url": null, "expires": null, "node": null}]','{"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}','1.00',1700000006.99);
INSERT INTO "results" VALUES('8a9746edf1659ab491574c808851a229a74e91d3ab72fa314606126b0e9c9923','run-1','words','fake/words','[{"kind": "text", "sha256": "4025ca7fd7a58325bee72385d26bc83023dd3feef598a32cfe70f99c51b7e96a", "bytes": 17, "suffix": "txt", "seconds": null, "width": null, "height": null, "text": "words of job-0002", "url": null, "expires": null, "node": null}]','{"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}','1.00',1700000006.99);
INSERT INTO "results" VALUES('9239fecf18cab6ce8f19fd96dd2c58b5f24d67508761fc9064fb99f2646994d6','run-1','still','fake/picture','[{"kind": "image", "sha256": "3285ed488f818fb8b8682311a3eff85b42f41598c7339365ccbddd9e5611616b", "bytes": 98, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0001.png", "expires": 1700086400.0, "node": null}]','{"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}','1.00',1700000006.99);
INSERT INTO "results" VALUES('eab61e6e1f7497dbfbf3caf50c25a760abcafdee20122dd4a0c57a2c95478f2d','run-1','clip','fake/picture','[{"kind": "image", "sha256": "aea453aa832ad06f544d84f14e83e21a8bfe30c89a5000662c3931d22ffacdcf", "bytes": 96, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0009.png", "expires": 1700086400.0, "node": null}]','{"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}','1.00',1700000006.99);
INSERT INTO "results" VALUES('f58c05c082e47a12ba1ebddc51faa85c9f5a5c08fa4ea40148117e81ead3a22f','run-1','refused','fake/picture','[{"kind": "image", "sha256": "74a741c9644aaf7fa646dcd144b4b3b62f0ea0b157a0d21776d6d1bdb3714bef", "bytes": 96, "suffix": "png", "seconds": null, "width": 3, "height": 3, "text": null, "url": "https://far.example/job-0007.png", "expires": 1700086400.0, "node": null}]','{"money": "0.9", "currency": "CNY", "coins": null, "third_party": null, "seconds": null}','1.00',1700000006.99);
CREATE TABLE runs (
    id       text primary key,
    pipeline text not null,
    file     text not null,
    provider text not null,
    started  real not null,
    status   text not null,
    body     text not null            -- JSON: consent, plan digest, folder of the outputs
) strict;
INSERT INTO "runs" VALUES('run-1','small','small.rhflow.yaml','simulator',1700000000.0,'stopped','{}');
INSERT INTO "runs" VALUES('run-2','small','small.rhflow.yaml','simulator',1700000006.99,'running','{}');
INSERT INTO "runs" VALUES('run-3','small','small.rhflow.yaml','simulator',1700000000.0,'running','{"a": 1}');
CREATE TABLE uploads (
    realm   text not null,
    sha256  text not null,
    url     text not null,
    expires real not null,
    primary key (realm, sha256)
) strict, without rowid;
INSERT INTO "uploads" VALUES('simulator','abababababababababababababababababababababababababababababababab','https://far.example/up.png',2600000000.0);
CREATE TABLE urls (
    url    text primary key,
    sha256 text not null,
    at     real not null
) strict, without rowid;
INSERT INTO "urls" VALUES('https://example.org/a.png','cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',1700000000.0);
CREATE UNIQUE INDEX one_open_attempt_per_key on attempts (key) where state <> 'closed';
CREATE INDEX attempts_by_run on attempts (run);
CREATE INDEX events_by_task on events (task, name, at);
COMMIT;
PRAGMA user_version = 1;
