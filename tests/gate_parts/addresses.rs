//! Addresses that must never be opened, in the spellings that parsers accept.

/// Loopback and "this machine" in the spellings that parsers accept. Only those that a system keeps on loopback even if
/// the gate let them through: these are really asked for, from inside playlists.
pub fn loopbacks(port: u16) -> Vec<String> {
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "0x7F.1",
        "017700000001",
        "127.0.0.1.",
        "00000177.0.0.01",
        "0",
        "0.0.0.0",
        "0x0",
        "00",
        "0.1",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "１２７.0.0.1",
        "127。0。0。1",
        "①②⑦.0.0.1",
        "%31%32%37.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "x.localhost",
    ]
    .iter()
    .map(|host| format!("http://{host}:{port}/x"))
    .collect()
}

/// Addresses off this machine and other schemes: judged by `open`, never from inside a playlist.
pub fn refused_at_once(port: u16) -> Vec<String> {
    let hosts = [
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.254",
        "192.168.0.1",
        "192.168.1.1:8080",
        "100.64.0.1",
        "100.127.0.1",
        "169.254.169.254",
        "169.254.0.1",
        "2852039166",
        "0xA9FEA9FE",
        "198.18.0.1",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fc00::1]",
        "[fd12:3456::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::127.0.0.1]",
        "[::127.0.0.1]",
        "[2002:7f00:1::]",
        "[::ffff:0.0.0.0]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a00:1::]",
        "[2002:a9fe:a9fe::]",
        "[100::1]",
        "[4000::1]",
    ];
    let mut urls: Vec<String> = hosts.iter().map(|h| format!("http://{h}/x")).collect();
    urls.extend(other_schemes(port));
    urls
}

pub fn other_schemes(port: u16) -> Vec<String> {
    let mut urls: Vec<String> = [
        "file:///etc/passwd",
        "FILE:///etc/hostname",
        "file://localhost/etc/passwd",
        "file:/etc/passwd",
        "data:text/plain;base64,QUFB",
        "javascript:alert(1)",
        "about:blank",
        "blob:http://a/1",
        "concat:/etc/passwd|x",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "crypto:file:///etc/passwd",
        "pipe:0",
        "fd:0",
        "cache:file:///etc/passwd",
    ]
    .map(str::to_owned)
    .into();
    for scheme in [
        "ftp",
        "gopher",
        "rtmp",
        "rtsp",
        "smb",
        "tcp",
        "udp",
        "rtp",
        "ws",
        "wss",
        "dict",
        "ldap",
        "telnet",
        "sftp",
        "mms",
        "srt",
        "hls+http",
        "dash+http",
        "view-source:http",
    ] {
        urls.push(format!("{scheme}://127.0.0.1:{port}/x"));
    }
    urls.extend([
        format!("http://user@127.0.0.1:{port}/"),
        format!("http://user:pw@127.0.0.1:{port}/"),
        format!("http://:@127.0.0.1:{port}/"),
        format!("http://cdn.example@127.0.0.1:{port}/"),
        format!("http://cdn.example:80@127.0.0.1:{port}/"),
        format!("http://cdn.example%40@127.0.0.1:{port}/"),
        format!("http://cdn.example\\@127.0.0.1:{port}/\u{0}"),
        format!("http://127.0.0.1:{port}\\@cdn.example/"),
        format!("http:\\\\127.0.0.1:{port}/"),
        format!("http:/127.0.0.1:{port}/"),
        format!("http:127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}/#@cdn.example"),
        format!("http://127.0.0.1:{port}/\r\nHost: x"),
        format!("ht\ntp://127.0.0.1:{port}/"),
        format!("\u{1}http://127.0.0.1:{port}/"),
    ]);
    urls
}
