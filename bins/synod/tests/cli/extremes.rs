//! The largest and the smallest values of arguments and settings: each is used or refused, and none is a panic.

use crate::synod::Synod;

#[tokio::test]
async fn ages_of_any_length_are_times() {
    let (synod, _host) = Synod::with_a_debate().await;
    for age in
        ["0s", "800000d", "99999999999d", "99999999999999w", "18446744073709551615s", "0001-01-01"]
    {
        for arguments in [
            &["prune", "--dry-run", "--older-than", age][..],
            &["list", "--since", age],
            &["list", "--before", age],
        ] {
            let run = synod.run(arguments).await;
            assert!([0, 2].contains(&run.code), "{arguments:?}: {}", run.stderr);
            assert!(!run.stderr.contains("panicked"), "{arguments:?}: {}", run.stderr);
        }
    }
    let old = synod.run(&["prune", "--dry-run", "--older-than", "800000d"]).await;
    let said = "synod: no debate ended before 0000-01-01T00:00:00.000Z; nothing was deleted\n";
    assert_eq!((old.code, &*old.stderr), (0, said));
}

#[tokio::test]
async fn numbers_without_a_meaning_are_refused() {
    let synod = Synod::without_host();
    for value in ["0", "513", "9223372036854775807"] {
        let synod = Synod::without_host().with("SYNOD__SERVER__WORKERS", value);
        let run = synod.run(&["serve", "--port", "0", "--ephemeral"]).await;
        assert_eq!(run.code, 2, "{value}: {}", run.stderr);
        assert!(run.stderr.contains("must be threads, 1 to 512"), "{value}: {}", run.stderr);
    }
    for flag in ["--rounds", "--iterations", "--time-limit", "--budget", "--deadline", "--seed"] {
        for value in ["0", "18446744073709551615", "18446744073709551616", "1e99"] {
            let run = synod.run(&["debate", "Cars?", "--ephemeral", flag, value]).await;
            assert!([2, 4].contains(&run.code), "{flag} {value}: {}", run.stderr);
            assert!(!run.stderr.contains("panicked"), "{flag} {value}: {}", run.stderr);
        }
    }
}
