//! Keys drawn from one master key, which comes from the environment or a key file and never rests in the database.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hmac::{Hmac, KeyInit as _, Mac};
use sha2::{Digest, Sha256};

use crate::clock::Random;
use crate::{Error, Result};

/// The keys of one installation.
#[derive(Clone)]
pub struct Keys {
    /// Encrypts secrets at rest.
    seal: [u8; 32],
    /// Signs the tokens in reply addresses.
    mail: [u8; 32],
    /// Salts hashes of contacts and codes, which are too short to be safe bare.
    hash: [u8; 32],
}

impl Keys {
    /// From a master key of at least 32 bytes.
    ///
    /// # Errors
    /// When it is shorter.
    pub fn from_master(master: &[u8]) -> Result<Self> {
        if master.len() < 32 {
            return Err(Error::Setup("the master key must have at least 32 bytes".into()));
        }
        Ok(Self { seal: derive(master, b"seal"), mail: derive(master, b"mail"), hash: derive(master, b"hash") })
    }

    /// Signs tokens in mail addresses.
    pub fn mail(&self) -> &[u8] {
        &self.mail
    }

    /// Encrypts (ChaCha20-Poly1305, RFC 8439); `purpose` binds the text to its place, so that it cannot be moved to another.
    pub fn seal(&self, random: &dyn Random, purpose: &str, secret: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0; 12];
        random.fill(&mut nonce);
        let sealed = ChaCha20Poly1305::new(Key::from_slice(&self.seal))
            .encrypt(Nonce::from_slice(&nonce), Payload { msg: secret, aad: purpose.as_bytes() })
            .map_err(|_| Error::Setup("a secret could not be encrypted".into()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what [`Keys::seal`] made for the same purpose.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong = || Error::Setup("a stored secret cannot be opened: is this the key it was stored with?".into());
        let (nonce, text) = sealed.split_at_checked(12).ok_or_else(wrong)?;
        ChaCha20Poly1305::new(Key::from_slice(&self.seal))
            .decrypt(Nonce::from_slice(nonce), Payload { msg: text, aad: purpose.as_bytes() })
            .map_err(|_| wrong())
    }

    /// Hex of a keyed hash of something short: a contact, an address, a one-time code.
    pub fn hash(&self, purpose: &str, value: &str) -> String {
        let mut mac = mac(&self.hash);
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}

/// Hex of the SHA-256 of a random token: what is stored of links, passes and sessions.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// 128 random bits in URL-safe letters.
pub fn new_token(random: &dyn Random) -> String {
    use base64::Engine;
    let mut bits = [0; 16];
    random.fill(&mut bits);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bits)
}

fn mac(key: &[u8; 32]) -> Hmac<Sha256> {
    // HMAC takes a key of any length.
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key")
}

fn derive(master: &[u8], purpose: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(master).expect("HMAC takes any key");
    mac.update(b"doithoai/1/");
    mac.update(purpose);
    mac.finalize().into_bytes().into()
}
