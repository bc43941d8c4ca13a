//! nginx in the foreground, for what the tests' own servers do not show. It ends with the test.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{command, tv::SOON};

pub struct Nginx {
    child: Child,
    pub port: u16,
}

impl Nginx {
    /// Starts it on a free port with what it writes in the folder `own`. `server` gives what stands in the `http` block
    /// besides that.
    pub fn start(own: &Path, server: impl FnOnce(u16) -> String) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let at = own.display();
        let config = format!(
            "daemon off; master_process off; pid {at}/pid; error_log {at}/error.log;\n\
             events {{}}\n\
             http {{ access_log off; client_body_temp_path {at}/a; proxy_temp_path {at}/b; fastcgi_temp_path {at}/c;\n\
             uwsgi_temp_path {at}/d; scgi_temp_path {at}/e;\n{} }}\n",
            server(port)
        );
        let path = own.join("nginx.conf");
        fs::write(&path, config).unwrap();
        let child = command("nginx")
            .arg("-e")
            .arg(own.join("error.log"))
            .arg("-c")
            .arg(&path)
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("nginx does not start ({e}); apt-get install nginx-light"));
        let mut nginx = Self { child, port };
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || fs::read_to_string(own.join("error.log")).unwrap_or_default();
            assert!(nginx.child.try_wait().unwrap().is_none(), "nginx ended: {}", log());
            assert!(since.elapsed() < SOON, "nginx does not answer: {}", log());
            thread::sleep(Duration::from_millis(50));
        }
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
