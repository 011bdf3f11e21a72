//! The link to a mail server: TCP with TLS, STARTTLS, or (only to this machine) neither.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// How a link is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first octet (993, 465).
    Tls,
    /// Plain greeting, then TLS before anything secret (143, 587).
    StartTls,
    /// No protection: refused unless the server is on this machine.
    Plain,
}

/// Where a server is and how to reach it.
#[derive(Debug, Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// PEM of one more root certificate that is trusted for this server.
    pub extra_root: Option<Vec<u8>>,
}

/// How far a link came before it failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("no address for {0}")]
    Dns(String),
    #[error("no connection: {0}")]
    Connect(String),
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The certificate is not trusted, is for another name or has expired.
    #[error("certificate refused: {0}")]
    Certificate(String),
    #[error("unprotected links are allowed to this machine only")]
    PlainRefused,
    #[error("the extra root certificate cannot be read")]
    BadRoot,
}

impl From<LinkError> for crate::Error {
    fn from(error: LinkError) -> crate::Error {
        match error {
            LinkError::Dns(_) | LinkError::Connect(_) | LinkError::Tls(_) => crate::Error::Unreachable(error.to_string()),
            _ => crate::Error::Misconfigured(error.to_string()),
        }
    }
}

/// Any two-way stream.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Stream for T {}
pub type Link = Box<dyn Stream>;

/// Addresses of the server. A plain link needs every one of them to be this machine.
pub async fn resolve(server: &Server) -> Result<Vec<SocketAddr>, LinkError> {
    let found: Vec<SocketAddr> =
        tokio::net::lookup_host((server.host.as_str(), server.port)).await.map(Iterator::collect).unwrap_or_default();
    if found.is_empty() {
        return Err(LinkError::Dns(server.host.clone()));
    }
    if server.security == Security::Plain && !found.iter().all(|a| a.ip().is_loopback()) {
        return Err(LinkError::PlainRefused);
    }
    Ok(found)
}

/// Opens TCP to the first address that answers.
pub async fn open(addresses: &[SocketAddr]) -> Result<TcpStream, LinkError> {
    let stream = TcpStream::connect(addresses).await.map_err(|e| LinkError::Connect(e.to_string()))?;
    // Commands are short and wait for their answers.
    stream.set_nodelay(true).map_err(|e| LinkError::Connect(e.to_string()))?;
    Ok(stream)
}

/// Puts TLS on a stream and checks the certificate against the public roots (and the extra one).
pub async fn protect(server: &Server, stream: impl Stream + 'static) -> Result<Link, LinkError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = &server.extra_root {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| LinkError::BadRoot)?;
            roots.add(certificate).map_err(|_| LinkError::BadRoot)?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| LinkError::Tls(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(server.host.clone()).map_err(|e| LinkError::Certificate(e.to_string()))?;
    let link = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|e| refused(&e))?;
    Ok(Box::new(link))
}

fn refused(error: &io::Error) -> LinkError {
    use tokio_rustls::rustls::Error as Tls;
    match error.get_ref().and_then(|e| e.downcast_ref::<Tls>()) {
        Some(tls @ (Tls::InvalidCertificate(_) | Tls::NoCertificatesPresented)) => LinkError::Certificate(tls.to_string()),
        Some(tls) => LinkError::Tls(tls.to_string()),
        None => LinkError::Tls(error.to_string()),
    }
}
