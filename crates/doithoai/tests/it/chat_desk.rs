//! Chats at the desk: windows before one writes, messages that did not arrive, comments, names of strangers.

use jiff::SignedDuration;
use reqwest::StatusCode;
use simulator::{CallKind, Fault, Rule, Sent, facebook, zalo};
use store::cases::CaseRow;
use store::messages::MessageRow;

use crate::app::{Actor, TestApp, administrator};
use crate::chat::{Chats, OA, PAGE, ZALO_APP};
use crate::journey::done;

const REPORT: &str = "cty em nop ho so hoan thue tu thang 3 den nay chua thay tra loi, von bi ket het";

/// Routed to the tax office with the food agency to help, and accepted there.
async fn accepted(chats: &Chats, case: &CaseRow) -> (CaseRow, Actor) {
    let operator = chats.app.officer("tiepnhan").await;
    let agency = |code: &str| chats.app.city.reference().agency(code).expect("known").id.to_string();
    let (lead, co) = (agency("thue-tp"), agency("so-attp"));
    let form = [("track", "HD"), ("field", "tax"), ("urgency", "normal"), ("lead", lead.as_str()), ("co", co.as_str()), ("why", "Thuế")];
    let routed = done(&chats.app, &operator, case, "route", &form).await;
    chats.settle().await;
    let handler = chats.app.officer("thue.nam").await;
    let accepted = done(&chats.app, &handler, &routed, "accept", &[]).await;
    chats.settle().await;
    (accepted, handler)
}

async fn ours(app: &TestApp, case: &CaseRow, kind: &str) -> Vec<MessageRow> {
    app.messages(case.id).await.into_iter().filter(|message| message.kind == kind).collect()
}

async fn at_desk(chats: &Chats, actor: &Actor, case: &CaseRow, kind: &str) -> String {
    let case = chats.app.reread(case).await;
    actor.page(&format!("/console/c/{}?k={kind}", case.code)).await
}

#[tokio::test]
async fn the_composer_says_what_the_channel_allows_before_one_writes() {
    let chats = Chats::start().await;
    let person = chats.vendors.zalo().add_person(OA, "Trần Thị B").expect("a person");
    chats.zalo_writes(&person, REPORT).await;
    let (case, handler) = accepted(&chats, &chats.app.case().await).await;

    let page = at_desk(&chats, &handler, &case, "reply").await;
    assert!(page.contains("Zalo: còn miễn phí đến 09:00 T7 07/02, còn 6 tin"), "{page}");
    assert!(page.contains("Mỗi tin tối đa 2.000 ký tự") && page.contains("data-count=\"2000\""), "{page}");
    assert!(page.contains("qua Zalo") && page.contains("Đã tới"), "channel and delivery stand at the messages: {page}");
    assert!(!at_desk(&chats, &handler, &case, "note").await.contains("còn miễn phí"), "a note goes nowhere");
    let list = handler.page("/console/q/mine").await;
    assert!(list.contains("Trần Thị B · Zalo") && list.contains("aria-label=\"Zalo\""), "{list}");

    // A session ends after a day; the officer signs in anew.
    let later = async |hours: i64, kind: &str| {
        chats.pass(SignedDuration::from_hours(hours));
        at_desk(&chats, &chats.app.officer("thue.nam").await, &case, kind).await
    };
    assert!(later(24, "ask").await.contains("còn miễn phí đến 09:00 mai"));
    let page = later(25, "reply").await;
    assert!(page.contains("Zalo: đã quá hạn miễn phí, tin này bị tính phí. Gửi được đến 09:00 T5 12/02"), "{page}");
    assert!(later(24 * 7, "reply").await.contains("Zalo: đã quá hạn nhắn"));
    chats.finish().await;
}

#[tokio::test]
async fn what_did_not_arrive_is_named_and_sent_again_once_by_who_may_answer() {
    let chats = Chats::start().await;
    let person = chats.vendors.facebook().add_person(PAGE, "Lê Văn C").expect("a person");
    chats.facebook_writes(&person, REPORT).await;
    chats.pass(SignedDuration::from_hours(30));
    let (case, handler) = accepted(&chats, &chats.app.case().await).await;
    let failed = ours(&chats.app, &case, "routed").await.remove(0);
    assert_eq!(failed.state_reason.as_deref(), Some("window_closed"));
    let page = at_desk(&chats, &handler, &case, "reply").await;
    assert!(page.contains("Đã quá hạn nhắn của kênh") && page.contains("/do/resend"), "{page}");
    assert!(page.contains("Facebook: chỉ cán bộ trả lời được, đến 09:00 T5 12/02"), "{page}");
    let leader = chats.app.officer("thue.oanh").await;
    assert!(at_desk(&chats, &leader, &case, "extend").await.contains("tin tự động báo việc này không đi được nữa"));

    let admin = administrator(&chats.app.city, &chats.app.url).await;
    assert!(admin.page("/admin").await.contains("<th scope=\"row\">Báo đã chuyển</th>"), "what has no subject is named by its kind");

    let id = failed.id.to_string();
    let helper = chats.app.officer("attp.ha").await;
    assert!(!at_desk(&chats, &helper, &case, "note").await.contains("/do/resend"), "who helps reads, and does not answer");
    assert_eq!(helper.act(&case, "resend", &[("message", &id)]).await.status(), StatusCode::FORBIDDEN);
    let stranger = chats.app.officer("attp.lam").await;
    assert_eq!(stranger.act(&case, "settle", &[("message", &id), ("arrived", "yes")]).await.status(), StatusCode::FORBIDDEN);

    // The person writes again, the window is open: the words go out in a message of their own.
    chats.facebook_writes(&person, "co ai xem chua a").await;
    let case = chats.app.reread(&case).await;
    let said = chats.facebook_said(&person).len();
    let again = done(&chats.app, &handler, &case, "resend", &[("message", &id)]).await;
    chats.settle().await;
    let routed = ours(&chats.app, &case, "routed").await;
    assert_eq!(routed.len(), 2);
    let (old, new) = if routed[0].id == failed.id { (&routed[0], &routed[1]) } else { (&routed[1], &routed[0]) };
    assert_eq!((old.id, old.state.as_str()), (failed.id, "failed"), "the old one stays");
    assert!(matches!(new.state.as_str(), "sent" | "delivered" | "read"), "{}", new.state);
    assert_eq!(chats.facebook_said(&person).len(), said + 1);
    assert!(chats.app.events(case.id).await.contains(&"message_resent".to_owned()));
    let page = at_desk(&chats, &handler, &case, "reply").await;
    assert!(page.contains("Đã gửi lại.") && page.contains("gửi lại một tin chưa tới") && !page.contains("/do/resend"), "{page}");
    assert_eq!(handler.act(&again, "resend", &[("message", &id)]).await.status(), StatusCode::CONFLICT, "once");
    assert_eq!(handler.act(&case, "resend", &[("message", &id)]).await.status(), StatusCode::CONFLICT, "on the newest page");
    chats.finish().await;
}

#[tokio::test]
async fn an_unknown_fate_is_settled_by_a_person_or_sent_again_on_confirmation() {
    let chats = Chats::start().await;
    let talk = chats.vendors.zalo();
    let person = talk.add_person(OA, "Trần Thị B").expect("a person");
    chats.zalo_writes(&person, REPORT).await;
    let (case, handler) = accepted(&chats, &chats.app.case().await).await;
    // No echo comes any more: only a person can know.
    talk.add_app(zalo::App::new(ZALO_APP, "bi-mat-ung-dung-zalo"));
    let ask = async |case: &CaseRow, question: &str| {
        talk.add_fault(Rule::next(CallKind::Send, Fault::LostReply)).expect("a rule");
        let asked = done(&chats.app, &handler, case, "ask", &[("question", question), ("until", "2026-02-12")]).await;
        chats.settle().await;
        asked
    };
    let asked = ask(&case, "Số biên nhận là bao nhiêu?").await;
    let lost = ours(&chats.app, &case, "question").await.remove(0);
    assert_eq!((lost.state.as_str(), lost.state_reason.as_deref()), ("unknown", Some("reply_lost")));
    let page = at_desk(&chats, &handler, &case, "note").await;
    assert!(page.contains("Chưa rõ đã tới hay chưa") && page.contains("Tin có thể đến hai lần") && page.contains("Chưa đến"), "{page}");

    // Not without the confirmation; with it the words go out once more.
    let id = lost.id.to_string();
    let answer = handler.act(&asked, "resend", &[("message", &id)]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.expect("a page");
    assert!(page.contains("Đánh dấu xác nhận rồi gửi lại") && page.contains("id=\"twice\"") && page.contains("href=\"#twice\""), "{page}");
    let resent = done(&chats.app, &handler, &asked, "resend", &[("message", &id), ("twice", "yes")]).await;
    chats.settle().await;
    let states = async || {
        let mut states: Vec<_> = ours(&chats.app, &case, "question").await.into_iter().map(|message| message.state).collect();
        states.sort();
        states
    };
    assert_eq!(states().await, ["sent", "unknown"]);

    // The officer asked the sender.
    let bad = handler.act(&resent, "settle", &[("message", &id), ("arrived", "vielleicht")]).await;
    assert_eq!(bad.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let settled = done(&chats.app, &handler, &resent, "settle", &[("message", &id), ("arrived", "yes")]).await;
    assert_eq!(states().await, ["delivered", "sent"]);
    let twice = handler.act(&settled, "settle", &[("message", &id), ("arrived", "no")]).await;
    assert_eq!(twice.status(), StatusCode::CONFLICT, "it is known");

    // The sender answers; the next question is lost as well.
    chats.pass(SignedDuration::from_mins(1));
    talk.set_webhook(ZALO_APP, &format!("{}/hooks/zalo/{}", chats.app.url, chats.oa)).expect("on again");
    chats.zalo_writes(&person, "bien nhan so 4417").await;
    talk.add_app(zalo::App::new(ZALO_APP, "bi-mat-ung-dung-zalo"));
    let asked = ask(&chats.app.reread(&case).await, "Nộp tại chi cục nào?").await;
    let questions = ours(&chats.app, &case, "question").await;
    let lost = questions.iter().find(|message| message.state == "unknown").expect("the lost one").id.to_string();
    let settled = done(&chats.app, &handler, &asked, "settle", &[("message", &lost), ("arrived", "no")]).await;
    let page = at_desk(&chats, &handler, &case, "note").await;
    assert!(page.contains("người gửi chưa nhận được") && page.contains("ghi lại một tin chưa rõ"), "{page}");
    done(&chats.app, &handler, &settled, "resend", &[("message", &lost)]).await;
    chats.settle().await;
    assert_eq!(states().await, ["delivered", "failed", "sent", "sent"]);
    chats.app.finish().await;
}

async fn hidden(chats: &Chats, comment: &str) -> bool {
    let url = format!("{}/v25.0/{comment}?fields=is_hidden", chats.vendors.origin());
    let answer = crate::app::client().get(url).bearer_auth("EAADEMOPAGETOKEN").send().await.expect("an answer");
    let answer: serde_json::Value = serde_json::from_str(&answer.text().await.expect("text")).expect("JSON");
    answer["is_hidden"].as_bool().expect("a flag")
}

#[tokio::test]
async fn a_comment_is_answered_in_public_hidden_and_shown_by_who_may_answer() {
    let chats = Chats::start().await;
    let facebook = chats.vendors.facebook();
    let person = facebook.add_person(PAGE, "Phạm Thị D").expect("a person");
    let post = facebook.add_post(PAGE, "Hỏi đáp thuế tháng 2").expect("a post");
    let comment = facebook.comment(PAGE, &person, &post, REPORT).expect("a comment");
    chats.settle().await;
    let (case, handler) = accepted(&chats, &chats.app.case().await).await;
    assert_eq!(case.channel, "facebook_comment");
    let routed = ours(&chats.app, &case, "routed").await.remove(0);
    assert_eq!((routed.state.as_str(), routed.state_reason.as_deref()), ("failed", Some("window_closed")), "one private reply");
    let page = at_desk(&chats, &handler, &case, "reply").await;
    assert!(page.contains("qua bình luận Facebook") && page.contains("đã dùng lần nhắn riêng cho bình luận này"), "{page}");
    assert!(page.contains("k=public") && page.contains("k=hide") && !page.contains("k=show"), "{page}");
    assert!(handler.page("/console/q/mine").await.contains("· Bình luận Facebook"));

    // Nothing of a person's and no code in public.
    let code = service::receive::spaced(&case.code);
    for (text, why) in [
        ("", "Cần viết câu trả lời"),
        (&*format!("Mã của chị là {code}."), "Có mã hồ sơ trong câu công khai"),
        ("Chị gọi 0903 123 456 nhé", "Có số điện thoại, e-mail hoặc giấy tờ"),
    ] {
        let answer = handler.act(&case, "public", &[("public", text)]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        let page = answer.text().await.expect("a page");
        assert!(page.contains(why) && page.contains("href=\"#public\"") && page.contains(text), "{text}: {page}");
    }
    let helper = chats.app.officer("attp.ha").await;
    for act in ["public", "hide", "show"] {
        let status = helper.act(&case, act, &[("public", "Chúng tôi đang xem")]).await.status();
        assert_eq!(status, StatusCode::FORBIDDEN, "{act}: who helps does not answer");
    }
    let said = "Chào chị, Thuế Thành phố đang kiểm tra và trả lời chị qua tin nhắn.";
    let answered = done(&chats.app, &handler, &case, "public", &[("public", said)]).await;
    assert_eq!(handler.act(&case, "public", &[("public", said)]).await.status(), StatusCode::CONFLICT, "a double click");
    chats.settle().await;
    let public: Vec<Sent> = facebook.sent(None).into_iter().filter(|sent| sent.kind == "comment").collect();
    assert_eq!(public.last().map(|sent| sent.text.as_str()), Some(said));
    assert!(at_desk(&chats, &handler, &case, "note").await.contains("thue.nam: trả lời công khai"));

    // Hidden, shown, and hidden in Meta's own tools.
    let hide = done(&chats.app, &handler, &answered, "hide", &[]).await;
    chats.settle().await;
    assert!(hidden(&chats, &comment).await);
    let page = at_desk(&chats, &handler, &case, "note").await;
    assert!(page.contains("thue.nam ẩn bình luận") && page.contains("k=show") && !page.contains("k=hide"), "{page}");
    done(&chats.app, &handler, &hide, "show", &[]).await;
    chats.settle().await;
    assert!(!hidden(&chats, &comment).await);
    let marks = async || chats.app.events(case.id).await.into_iter().filter(|kind| kind.starts_with("comment_")).collect::<Vec<_>>();
    assert_eq!(marks().await, ["comment_hidden", "comment_shown"], "what Meta tells of our own acts is no second one");
    let noticed = serde_json::json!({
        "item": "comment", "verb": "hide", "comment_id": comment, "post_id": post, "parent_id": post,
        "from": { "id": person, "name": "Phạm Thị D" }, "created_time": 1_770_000_000,
    });
    chats.pass(SignedDuration::from_mins(1));
    facebook.post_item(PAGE, "feed", noticed);
    chats.settle().await;
    assert_eq!(marks().await, ["comment_hidden", "comment_shown", "comment_hidden"]);
    assert!(at_desk(&chats, &handler, &case, "note").await.contains("thấy bình luận đã bị ẩn ở Facebook"));

    // A comment that is gone cannot be shown, and the page says so.
    facebook.act(PAGE, &person, facebook::Act::RemoveComment { comment }).expect("removed");
    let case = chats.app.reread(&case).await;
    let answer = handler.act(&case, "show", &[]).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().await.expect("a page").contains("Có thể bình luận đã bị xóa"));
    chats.settle().await;
    let page = at_desk(&chats, &handler, &case, "note").await;
    assert!(page.contains("Người gửi đã thu hồi tin này") && !page.contains("k=public"), "{page}");
    chats.finish().await;
}

#[tokio::test]
async fn what_strangers_call_themselves_and_write_shows_as_plain_text() {
    let chats = Chats::start().await;
    let name = "<script>alert(1)</script>\u{202e}gpj.exe\u{7}\u{2066}";
    let words = format!("{REPORT} <img src=x onerror=alert(2)>\u{202e}");
    let facebook = chats.vendors.facebook();
    let writer = facebook.add_person(PAGE, name).expect("a person");
    chats.facebook_writes(&writer, &words).await;
    let commenter = facebook.add_person(PAGE, name).expect("a person");
    let post = facebook.add_post(PAGE, "Hỏi đáp").expect("a post");
    facebook.comment(PAGE, &commenter, &post, &words).expect("a comment");
    let zalo = chats.vendors.zalo();
    let third = zalo.add_person(OA, name).expect("a person");
    chats.zalo_writes(&third, &words).await;
    chats.app.index().await;
    let operator = chats.app.officer("tiepnhan").await;
    let cases = chats.app.cases().await;
    assert_eq!(cases.len(), 3);
    let mut pages = vec![
        operator.page("/console/q/screen").await,
        operator.page("/console/q/all").await,
        operator.page("/console/search?q=hoan+thue").await,
    ];
    for case in &cases {
        let contact = store::contacts::find(&mut chats.app.city.db.read(), case.contact_id).await.expect("a contact");
        assert!(!contact.name.contains(|c: char| c.is_control() || c == '\u{202e}' || c == '\u{2066}'), "{:?}", contact.name);
        pages.push(operator.page(&format!("/console/c/{}", case.code)).await);
        pages.push(operator.page(&format!("/console/c/{}?k=hide", case.code)).await);
    }
    let admin = administrator(&chats.app.city, &chats.app.url).await;
    for account in [chats.page, chats.oa] {
        let lines = store::deliveries_in::newest_of_account(&mut chats.app.city.db.read(), account, 100, 20).await.expect("deliveries");
        for line in lines {
            let read = admin.post(&format!("/admin/deliveries/{}", line.id), &[("reason", "Kiểm tra")]).await;
            let read = read.text().await.expect("a page");
            assert!(!read.contains('\u{202e}'), "what turns the direction is written out: {read}");
            pages.push(read);
        }
    }
    assert!(pages.iter().any(|page| page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;")), "the name is there, as text");
    for page in pages {
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{page}");
    }
    chats.finish().await;
}

#[tokio::test]
async fn what_became_of_a_message_and_of_its_files_is_said() {
    let chats = Chats::start().await;
    let facebook = chats.vendors.facebook();
    let person = facebook.add_person(PAGE, "Lê Văn C").expect("a person");
    let first = facebook.write(PAGE, &person, REPORT).expect("a message");
    chats.settle().await;
    let urls = vec![format!("{}/media/het-han.jpg", chats.vendors.origin())];
    let picture = facebook::Act::Attachment { what: "image".into(), urls, text: None };
    facebook.act(PAGE, &person, picture).expect("a picture");
    facebook.act(PAGE, &person, facebook::Act::Edit { mid: first, text: format!("{REPORT}, so 4417") }).expect("an edit");
    chats.settle().await;
    facebook.answer_in_inbox(PAGE, &person, "Anh chờ em xem giúp").expect("an answer");
    let second = facebook.write(PAGE, &person, "tin nay toi gui nham").expect("a message");
    chats.settle().await;
    facebook.act(PAGE, &person, facebook::Act::Delete { mid: second }).expect("taken back");
    chats.settle().await;
    let case = chats.app.case().await;
    let operator = chats.app.officer("tiepnhan").await;
    let page = operator.page(&format!("/console/c/{}", case.code)).await;
    assert!(page.contains("image-1: đường dẫn đã hết hạn nên không lấy được tệp"), "{page}");
    assert!(page.contains("Người gửi đã sửa tin này") && page.contains("Trước khi sửa") && page.contains("so 4417"), "{page}");
    assert!(page.contains("Người gửi đã thu hồi tin này") && !page.contains("gui nham"), "{page}");
    assert!(page.contains("Gõ ở hộp thư của kênh, không qua hệ thống này") && page.contains("Anh chờ em xem giúp"), "{page}");
    assert!(page.contains("ghi nhận câu trả lời gõ ở hộp thư của kênh"), "{page}");
    for raw in ["message_edited", "message_taken_back", "answered_in_vendor_inbox"] {
        assert!(!page.contains(raw), "{raw} has words");
    }
    chats.finish().await;
}

#[tokio::test]
async fn what_is_too_long_for_the_one_private_message_goes_back_whole() {
    let chats = Chats::start().await;
    let long = "Cán bộ đọc rồi xác nhận. ".repeat(100);
    crate::app::edit(&chats.app.city, "text", "receipt_comment/vi", |body| body["text"] = format!("{{code}} {long}").into()).await;
    let facebook = chats.vendors.facebook();
    let person = facebook.add_person(PAGE, "Phạm Thị D").expect("a person");
    let post = facebook.add_post(PAGE, "Hỏi đáp thuế tháng 2").expect("a post");
    facebook.comment(PAGE, &person, &post, REPORT).expect("a comment");
    chats.settle().await;
    let (case, handler) = accepted(&chats, &chats.app.case().await).await;
    let receipt = ours(&chats.app, &case, "receipt_comment").await.remove(0);
    assert_eq!((receipt.state.as_str(), receipt.state_reason.as_deref()), ("failed", Some("one_message_only")));
    assert!(facebook.sent(None).iter().all(|sent| !sent.text.contains("đọc rồi xác nhận")), "no half of it went out");
    let page = at_desk(&chats, &handler, &case, "note").await;
    assert!(page.contains("Bình luận chỉ cho gửi một tin riêng"), "{page}");
    chats.finish().await;
}
