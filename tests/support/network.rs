//! A network of its own for a test that takes the line away: the test runs once more in a namespace, where `eth7` is the
//! only way out and has `ADDRESS`.

use std::process::Command;

pub const ADDRESS: &str = "10.91.7.1";
/// Set in the process that runs inside.
const INSIDE: &str = "NETWORK_TEST_INSIDE";
const NETWORK: &str = "mount -t sysfs sysfs /sys && ip link set lo up && ip link add eth7 type veth peer name eth8 \
    && ip link set eth8 up && ip link set eth7 up && ip addr add 10.91.7.1/24 dev eth7";
/// Multicast goes round inside the machine.
const GROUPS: &str = "ip link set lo multicast on && ip route add 239.0.0.0/8 dev lo";

/// Whether this is the process inside. If not, the named test has been run there by now, or cannot be.
pub fn inside(test: &str) -> bool {
    inside_of("true", test)
}

/// The same, and groups can be sent to and joined there.
pub fn inside_with_groups(test: &str) -> bool {
    inside_of(GROUPS, test)
}

fn inside_of(more: &str, test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let made = format!("{NETWORK} && {more} && exec \"$@\"");
    let out = Command::new("unshare")
        .args(["-rnm", "sh", "-c", &made, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let (printed, said) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    if out.status.success() {
        assert!(printed.contains("1 passed"), "no test is named {test}");
        println!("{printed}");
    } else if printed.contains("running 1 test") {
        panic!("{printed}{said}");
    } else {
        eprintln!("SKIPPED {test}: this machine allows no network of its own ({})", said.trim());
    }
    false
}

/// Plugs the cable in, or pulls it out. The address comes and goes with it, as with every service that looks after a
/// box's network; without that the kernel would still reach it by itself.
pub fn plug(into: bool) {
    let how = if into {
        "ip link set eth7 up && ip addr add 10.91.7.1/24 dev eth7"
    } else {
        "ip addr flush dev eth7 && ip link set eth7 down"
    };
    assert!(Command::new("sh").args(["-c", how]).status().unwrap().success());
}
