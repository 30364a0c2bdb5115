//! A data directory in which one debate is damaged.

use serde_json::Value;

use crate::{
    kept::User,
    synod::{RunResult, Synod},
};

/// What damages a debate; `?1` is its id.
const DAMAGES: [&str; 2] = [
    "UPDATE debates SET topic = 'other' WHERE id = ?1",
    "UPDATE events SET body = x'7b7d' WHERE debate_id = ?1 AND seq = 1",
];

/// Damages a debate. Returns its id.
fn damage(synod: &Synod, debate: &Value, change: &str) -> String {
    let id = debate["debate_id"].as_str().expect("an id").to_owned();
    let path = synod.folder().join(".local/share/synod/synod.db");
    let db = rusqlite::Connection::open(path).expect("a database");
    let changed = db.execute(&change.replace("?1", &format!("x'{}'", id.replace('-', ""))), []);
    assert_eq!(changed.expect("changed"), 1, "{change}");
    id
}

/// A user with three debates, of which the one at this place in the list is damaged.
async fn with_damage(place: usize, change: &str) -> (User, String) {
    let user = User::new().await;
    for question in ["First?", "Second?", "Third?"] {
        user.debate(question).await;
    }
    let id = damage(&user.synod, &user.listed(&[]).await[place], change);
    (user, id)
}

/// Whether stderr names the debate and what to do about it.
fn assert_named(run: &RunResult, id: &str) {
    let named = format!("debate {}", &id[..13]);
    assert!(run.stderr.contains(&named), "{}", run.stderr);
    assert!(run.stderr.contains(" is damaged (the checksum of "), "{}", run.stderr);
    assert!(run.stderr.contains("; restore a backup, or delete it with `synod delete "));
}

#[tokio::test]
async fn the_others_are_listed_shown_and_deleted() {
    for change in DAMAGES {
        let (user, id) = with_damage(1, change).await;
        for arguments in [&["list"][..], &["list", "--json"], &["list", "--search=third"]] {
            let run = user.synod.run(arguments).await;
            assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
            assert!(run.stdout.contains("Third?"), "{arguments:?}: {}", run.stdout);
            // A filter leaves it out.
            if !arguments.contains(&"--search=third") {
                assert_named(&run, &id);
            }
        }
        let run = user.synod.run(&["show", "last"]).await;
        assert!(run.code == 0 && run.stdout.starts_with("# Third?"), "{}", run.stderr);
        let run = user.synod.run(&["delete", "last", "--yes"]).await;
        assert!(run.code == 0 && run.stderr.ends_with(": Third?\n"), "{}", run.stderr);
        let run = user.synod.run(&["prune", "--older-than=0s", "--yes"]).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_named(&run, &id);
        assert!(run.stderr.contains(": First?\n"), "{}", run.stderr);
    }
}

#[tokio::test]
async fn a_damaged_debate_is_named_and_can_be_deleted() {
    for change in DAMAGES {
        let (user, id) = with_damage(0, change).await;
        for command in ["show", "replay", "resume", "export", "verify"] {
            for name in ["last", &id, &id[..13]] {
                let run = user.synod.run(&[command, name]).await;
                assert_eq!(run.code, 1, "{command} {name}: {}", run.stderr);
                assert_named(&run, &id);
            }
        }
        let run = user.synod.run(&["export", "--all", "-o", "all"]).await;
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert_named(&run, &id);
        assert!(run.stderr.contains("nothing was exported"), "{}", run.stderr);
        let run = user.synod.run(&["verify"]).await;
        assert!(run.code == 1 && run.stderr.contains("1 problem found"), "{}", run.stderr);
        let run = user.synod.run(&["delete", &id[..13], "--yes"]).await;
        assert!(run.code == 0 && run.stderr.ends_with(": damaged\n"), "{}", run.stderr);
        let run = user.synod.run(&["list"]).await;
        assert!(run.stderr.is_empty() && run.stdout.lines().count() == 3, "{}", run.stderr);
        assert_eq!(user.synod.run(&["verify"]).await.code, 0);
    }
}

/// `synod verify` names such a debate by its whole id.
#[tokio::test]
async fn a_debate_whose_row_is_lost_is_deleted_by_its_whole_id() {
    let (user, id) = with_damage(1, "DELETE FROM debates WHERE id = ?1").await;
    let run = user.synod.run(&["verify"]).await;
    assert!(run.code == 1 && run.stderr.contains(&id), "{}", run.stderr);
    let run = user.synod.run(&["show", &id]).await;
    assert!(run.code == 1 && run.stderr.contains("is damaged (the row of"), "{}", run.stderr);
    let run = user.synod.run(&["delete", &id, "--yes"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(user.synod.run(&["verify"]).await.code, 0);
    assert_eq!(user.listed(&[]).await.len(), 2);
}
