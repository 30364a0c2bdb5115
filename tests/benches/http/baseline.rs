//! The minimal cost of a fan-out: one thread, frames serialized once, one write per socket.

use std::{
    io::{Read, Write, stdin},
    net::TcpListener,
    thread::sleep,
    time::Duration,
};

/// Takes `ADDRESS SOCKETS FRAMES BYTES`: waits for this number of sockets and for the end of its input, and
/// writes this number of frames to each socket, fifty milliseconds apart.
pub(crate) fn serve(arguments: &[String]) {
    let number = |at: usize| arguments[at].parse::<usize>().expect("a number");
    let listener = TcpListener::bind(&arguments[0]).expect("the address is free");
    let mut sockets = Vec::new();
    while sockets.len() < number(1) {
        let (mut socket, _) = listener.accept().expect("a socket");
        socket.set_nodelay(true).expect("an option");
        let (mut asked, mut block) = (Vec::new(), [0; 1_024]);
        while !asked.ends_with(b"\r\n\r\n") {
            let read = socket.read(&mut block).expect("a request");
            asked.extend_from_slice(&block[..read]);
        }
        socket.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").expect("it reads");
        sockets.push(socket);
    }
    stdin().read_to_end(&mut Vec::new()).expect("the end of the input");
    for frame in 1..=number(2) {
        let frame = text_frame(&event(frame, number(2), number(3)));
        for socket in &mut sockets {
            socket.write_all(&frame).expect("it reads");
        }
        sleep(Duration::from_millis(50));
    }
    sleep(Duration::from_secs(60));
}

fn event(seq: usize, last: usize, bytes: usize) -> String {
    let kind = if seq == last { "debate_closed" } else { "turn_ended" };
    let head = format!("{{\"v\":1,\"seq\":{seq},\"type\":\"{kind}\",\"data\":\"");
    let left = bytes.saturating_sub(head.len() + 2);
    format!("{head}{}\"}}", "x".repeat(left))
}

fn text_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u16::try_from(text.len()) {
        Ok(short) if short < 126 => frame.push(short.to_be_bytes()[1]),
        Ok(length) => {
            frame.push(126);
            frame.extend_from_slice(&length.to_be_bytes());
        }
        Err(_) => {
            frame.push(127);
            frame.extend_from_slice(&(text.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(text.as_bytes());
    frame
}
