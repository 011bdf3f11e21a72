//! A backup made while people write, put back elsewhere: everything that was acknowledged before it began is in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use service::City;
use service::clock::SystemClock;
use store::cases::CaseRow;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::actor::Actor;
use crate::app::{CITY_BOX, FIRM, Hook, open_city, plain_mailbox, set_limit, settings};
use crate::database::Database;
use crate::letter::Letter;
use crate::outbox::Outbox;
use crate::program::{KEY, Program, run, verify};
use crate::sender::{form, form_key, location};

/// What the program acknowledged.
#[derive(Debug, Clone, Default)]
struct Acknowledged {
    /// Codes of cases, each with the file that was sent along.
    cases: BTreeMap<String, Vec<u8>>,
    /// Message-IDs of mails.
    mails: Vec<String>,
}

fn pdf(name: &str) -> Vec<u8> {
    format!("%PDF-1.4\n% {name}\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n").into_bytes()
}

/// One report with a file through the form.
async fn report(url: &str, name: &str) -> (String, Vec<u8>) {
    let browser = Actor::at_browser(url);
    let key = form_key(&browser).await;
    let file = pdf(name);
    let words = form(FIRM, &key).into_iter().fold(Form::new(), |form, (name, value)| form.text(name.to_owned(), value.to_owned()));
    let sent = words.part("files", Part::bytes(file.clone()).file_name(format!("{name}.pdf")));
    let answer = browser.upload("/gui", sent).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap_or_default());
    (location(&answer).trim_start_matches("/ho-so/").to_owned(), file)
}

/// Writes by form and by mail until told to stop.
fn load(url: &str, hook: &Hook, known: &Arc<Mutex<Acknowledged>>, stop: &CancellationToken) -> Vec<tokio::task::JoinHandle<()>> {
    let writer = |number: usize| {
        let (url, hook, known, stop) = (url.to_owned(), hook.clone(), known.clone(), stop.clone());
        tokio::spawn(async move {
            for round in 0.. {
                if stop.is_cancelled() {
                    return;
                }
                if number.is_multiple_of(2) {
                    let (code, file) = report(&url, &format!("tep-{number}-{round}")).await;
                    known.lock().await.cases.insert(code, file);
                } else {
                    let letter = Letter::new(&format!("dn{number}@doanhnghiep.example"), CITY_BOX, &format!("luu-{number}-{round}"));
                    hook.deliver(&letter).await;
                    known.lock().await.mails.push(letter.id);
                }
            }
        })
    };
    (0..4).map(writer).collect()
}

async fn at_least(known: &Arc<Mutex<Acknowledged>>, cases: usize, mails: usize) -> Acknowledged {
    let begun = std::time::Instant::now();
    loop {
        let now = known.lock().await.clone();
        if now.cases.len() >= cases && now.mails.len() >= mails {
            return now;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "the load is no load: {} cases, {} mails", now.cases.len(), now.mails.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn look(database: &Database, data: &Path, node: &str) -> City {
    open_city(&database.url, data, &KEY, Arc::new(SystemClock), settings(data, node)).await
}

async fn case_of(city: &City, code: &str) -> CaseRow {
    let found = store::cases::by_code(&mut city.db.read(), code).await.expect("cases can be read");
    found.unwrap_or_else(|| panic!("the case {code} was acknowledged before the backup began and is not in it"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_whole_elsewhere() {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let outbox = Outbox::open().await;
    let here = tempfile::tempdir().expect("a folder");
    let database = Database::fresh(here.path()).await;
    let hook = {
        let city = look(&database, here.path(), "set-up").await;
        set_limit(&city, "form_per_minute", 1_000_000).await;
        Hook::set_up(&city, "http://nowhere.invalid", CITY_BOX, None, plain_mailbox(CITY_BOX, outbox.port), "").await
    };
    let (program, _) = Program::serve(here.path(), &database.url, "node").await;
    let (known, stop) = (Arc::new(Mutex::new(Acknowledged::default())), CancellationToken::new());
    let writers = load(&program.url, &hook.at(&program.url), &known, &stop);

    let before = at_least(&known, 6, 12).await;
    let elsewhere = tempfile::tempdir().expect("a folder");
    let copy = elsewhere.path().join("copy");
    let target = copy.display().to_string();
    let (made, said) = run(here.path(), &database.url, &["backup", &target]).await;
    assert!(made, "{said}");
    let during = known.lock().await.clone();
    let after = at_least(&known, during.cases.len() + 2, during.mails.len() + 2).await;
    stop.cancel();
    for writer in writers {
        writer.await.expect("every answer was an acknowledgement");
    }
    assert!(during.cases.len() > before.cases.len() && after.cases.len() > during.cases.len(), "they wrote before, during and after");
    let (again, said) = run(here.path(), &database.url, &["backup", &target]).await;
    assert!(!again, "a backup takes no other one's place: {said}");
    program.kill();

    // Put back where nothing is.
    let data = elsewhere.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    let restored = Database::empty(&data).await;
    let (put, said) = run(&data, &restored.url, &["restore", &target]).await;
    assert!(put, "{said}");
    let (twice, said) = run(&data, &restored.url, &["restore", &target]).await;
    assert!(!twice, "only into an empty place: {said}");
    let (content, said) = verify(&data, &restored.url);
    assert!(content, "{said}");

    let city = look(&restored, &data, "look").await;
    for (code, file) in &before.cases {
        let case = case_of(&city, code).await;
        let files = store::files::of_case(&mut city.db.read(), case.id).await.expect("files can be read");
        assert_eq!(files.len(), 1, "{code}");
        assert_eq!(city.attachments.get(&files[0].original).await.expect("its contents"), *file, "{code}");
    }

    // The work that was in hand goes on there: every mail becomes one message.
    let (program, _) = Program::serve(&data, &restored.url, "elsewhere").await;
    let begun = std::time::Instant::now();
    while store::jobs::unfinished(&mut city.db.read(), city.now(), 1).await.expect("jobs can be counted") > 0 {
        assert!(begun.elapsed() < Duration::from_secs(90), "the work of before the backup is not done");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    program.kill();
    for id in &before.mails {
        assert_eq!(store::messages::by_external(&mut city.db.read(), id).await.expect("messages can be read").len(), 1, "{id}");
    }
    let (content, said) = verify(&data, &restored.url);
    assert!(content, "{said}");
    drop(city);
    restored.remove().await;
    database.remove().await;
}

#[tokio::test]
async fn a_damaged_backup_is_refused_before_anything_is_written() {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let here = tempfile::tempdir().expect("a folder");
    let database = Database::fresh(here.path()).await;
    let city = look(&database, here.path(), "set-up").await;
    let stored = city.attachments.put(pdf("một")).await.expect("stored");
    drop(city);
    let target = here.path().join("copy");
    let (made, said) = run(here.path(), &database.url, &["backup", &target.display().to_string()]).await;
    assert!(made, "{said}");
    let contents = target.join("attachments").join(&stored.sha256[..2]).join(&stored.sha256[2..4]).join(&stored.sha256);
    std::fs::write(&contents, pdf("hai")).expect("the copy can be written");
    let data = here.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    let restored = Database::empty(&data).await;
    let (put, said) = run(&data, &restored.url, &["restore", &target.display().to_string()]).await;
    assert!(!put && said.contains("differs from the manifest"), "{said}");
    assert!(!data.join("doithoai.sqlite").exists() && !data.join("attachments").exists(), "nothing was written");
    restored.remove().await;
    database.remove().await;
}
