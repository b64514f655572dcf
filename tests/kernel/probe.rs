//! Connections as a client sees them, and servers that say who they are and whom they saw.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use playground_wasm::model::Protocol;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, UdpSocket};
use tokio::time::timeout;

/// A port that is to be opened, on every address of its namespace.
#[derive(Debug, Clone)]
pub struct Server {
    pub name: &'static str,
    pub port: u16,
    pub protocol: Protocol,
}

/// A connection that is to be tried.
#[derive(Debug, Clone, Copy)]
pub struct Probe {
    /// Absent leaves it to the kernel.
    pub source: Option<IpAddr>,
    pub to: SocketAddr,
    pub protocol: Protocol,
    pub patience: Duration,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// By this server, which saw this address.
    Connected {
        server: String,
        seen: IpAddr,
    },
    Refused,
    Timeout,
    Failed(String),
}

/// Opens a port; it is open for as long as the namespace is there.
pub async fn serve(server: Server) -> Result<(), String> {
    let Server { name, port, protocol } = server;
    let all = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    let failed = |error: std::io::Error| format!("port {port}/{protocol}: {error}");
    if protocol == Protocol::Udp {
        let socket = UdpSocket::bind(all).await.map_err(failed)?;
        tokio::task::spawn_local(async move {
            let mut buffer = [0; 64];
            while let Ok((_, peer)) = socket.recv_from(&mut buffer).await {
                let _ = socket.send_to(greeting(name, peer).as_bytes(), peer).await;
            }
        });
        return Ok(());
    }
    let listener = TcpListener::bind(all).await.map_err(failed)?;
    tokio::task::spawn_local(async move {
        while let Ok((mut stream, peer)) = listener.accept().await {
            tokio::task::spawn_local(async move {
                let _ = stream.write_all(greeting(name, peer).as_bytes()).await;
            });
        }
    });
    Ok(())
}

fn greeting(name: &str, peer: SocketAddr) -> String {
    // Sockets for both families see IPv4 addresses mapped into IPv6.
    format!("{name} {}", peer.ip().to_canonical())
}

/// Tries a connection.
pub async fn probe(probe: Probe) -> Answer {
    let mut reply = String::new();
    let any: IpAddr = if probe.to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let talk = async {
        if probe.protocol == Protocol::Udp {
            let socket = UdpSocket::bind(SocketAddr::new(probe.source.unwrap_or(any), 0)).await?;
            socket.connect(probe.to).await?;
            // A rule that stops what the node itself sends says so at once; whether it was dropped or rejected shows only later.
            socket.send(b"?").await.map(|_| ()).or_else(
                |error| {
                    if error.kind() == ErrorKind::PermissionDenied { Ok(()) } else { Err(error) }
                },
            )?;
            let mut buffer = [0; 64];
            let length = socket.recv(&mut buffer).await?;
            reply = String::from_utf8_lossy(&buffer[..length]).into_owned();
        } else {
            let socket = if probe.to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            if let Some(source) = probe.source {
                socket.bind(SocketAddr::new(source, 0))?;
            }
            socket.connect(probe.to).await?.read_to_string(&mut reply).await?;
        }
        std::io::Result::Ok(())
    };
    match timeout(probe.patience, talk).await {
        Err(_) => Answer::Timeout,
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => Answer::Refused,
        Ok(Err(error)) => Answer::Failed(error.to_string()),
        Ok(Ok(())) => match reply.split_once(' ').map(|(name, seen)| (name, seen.parse())) {
            Some((name, Ok(seen))) => Answer::Connected { server: name.to_owned(), seen },
            _ => Answer::Failed(format!("the server said {reply:?}")),
        },
    }
}
