mod any_reply;
mod context;
mod forms;

use super::*;

/// Reads a reply in these pieces: the thought, the reply, and whether it began within a thought.
fn split<'a>(
    pieces: impl IntoIterator<Item = &'a str>,
    is_object: bool,
    expects_thought: bool,
    is_cut: bool,
) -> (String, String, Option<bool>) {
    let mut splitter = ThoughtSplitter::new(is_object, expects_thought);
    let (mut thought, mut reply) = (String::new(), String::new());
    let mut take = |parts: Vec<Part>| {
        for part in parts {
            match part {
                Part::Thought(piece) => thought += &piece,
                Part::Reply(piece) => reply += &piece,
                Part::Corrected { thought: all, reply: said } => (thought, reply) = (all, said),
            }
        }
    };
    for piece in pieces {
        take(splitter.push(piece));
    }
    take(splitter.finish(is_cut));
    (thought, reply, splitter.opened_in_thought())
}

fn whole(text: &str) -> (String, String) {
    let (thought, reply, _) = split([text], false, false, false);
    (thought, reply)
}
