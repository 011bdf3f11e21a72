//! A phone to try: `cargo run -p simulator --example phone`, then open the address it prints. Nobody answers, but everything else
//! is there. Another address than 127.0.0.1:9100 may follow; port 0 takes a free one.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use simulator::{Options, Simulator, facebook, pbx, smsc, zalo};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bind: SocketAddr = std::env::args().nth(1).as_deref().unwrap_or("127.0.0.1:9100").parse()?;
    #[expect(clippy::disallowed_methods, reason = "an example runs on the machine's clock")]
    let options = Options::new(bind, 1, Arc::new(Timestamp::now));
    let simulator = Simulator::start(options).await?;
    let facebook = simulator.facebook();
    facebook.add_app(facebook::App::new("1234567", "fb-demo-app-secret"));
    facebook.add_page(facebook::Page::new("102030405060708", "Đối Thoại TP.HCM", "1234567", "EAADEMOPAGETOKEN"))?;
    facebook.add_post(
        "102030405060708",
        "Anh/chị đang vướng việc gì với chính quyền? Viết dưới đây, chúng tôi chuyển giúp đến đúng cơ quan.",
    )?;
    let zalo = simulator.zalo();
    zalo.add_app(zalo::App::new("1234567890123456789", "app-secret-demo"));
    zalo.add_account(zalo::Account::new("3000000000000000002", "1022 TP.HCM", "1234567890123456789", "OaSecretDemo"))?;
    zalo.authorise_with("3000000000000000002", &zalo::Tokens { access: "zalo-demo-access-token".into(), refresh: "refresh-demo".into() })?;
    simulator.smsc().set_route(smsc::Route::new("doithoai", "s3cret").with_short_code("1022"))?;
    simulator.pbx().set_hotline(pbx::Hotline::new("1022", pbx::Provider::Zammad));
    println!("{}", simulator.origin());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
