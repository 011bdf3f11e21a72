// The demo city as its people use it: guests of the portal, officers who are signed in, and reports that need no browser.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";

import { axe, fits, open, quiet } from "./harness.mjs";

const PASSWORD = "doi-thoai-1022";
/** The demo administrator's second factor. */
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/** The six digits of a second factor (RFC 6238, SHA-1, 30 seconds) at a moment in milliseconds. */
export function oneTimeCode(secret, at = Date.now()) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(count).digest();
  const from = mac.at(-1) & 15;
  return String((mac.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/**
 * A demo city and its people. Everybody comes from an address of their own, so that the limits of one address count
 * each alone; `guest` and `officer` take `{ from }` to share one.
 */
export async function openCity(options = {}) {
  const stage = await open({ ...options, args: ["--proxies", "127.0.0.1", ...(options.args ?? [])] });
  const block = randomBytes(2);
  let last = 0;
  const address = () => `10.${block[0]}.${block[1]}.${++last}`;
  const guest = (width = 1280, scheme = "light", { from = address(), ...rest } = {}) =>
    stage.page(width, scheme, { baseURL: stage.base, extraHTTPHeaders: { "x-forwarded-for": from }, ...rest });
  const sessions = new Map();

  const signIn = async (login) => {
    const page = await guest();
    await page.goto("/console/login");
    await page.locator("#login").fill(login);
    await page.locator("#password").fill(PASSWORD);
    await page.locator("main button.go").click();
    if (login === "quantri") {
      await page.locator("#code").fill(oneTimeCode(SECRET));
      await page.locator("main button.go").click();
    }
    await page.waitForURL((url) => !url.pathname.startsWith("/console/login"));
    const state = await page.context().storageState();
    await page.context().close();
    return state;
  };

  const city = {
    ...stage,
    address,
    guest,
    /** A page of an officer; each signs in once by the form, later pages share the session. */
    async officer(login, width, scheme, options = {}) {
      if (!sessions.has(login)) sessions.set(login, signIn(login));
      return guest(width, scheme, { storageState: await sessions.get(login), ...options });
    },
    /** A report sent as a browser without scripts would send it; answers the stored code. */
    async report(text, fields = {}) {
      const body = new URLSearchParams({
        text,
        contact: "ketoan@lamkhue.example",
        visibility: "public",
        consent: "1",
        form_key: formKey(),
        ...fields,
      });
      const headers = { "x-forwarded-for": address(), accept: "text/html" };
      const answer = await fetch(`${stage.base}/gui`, { method: "POST", body, headers, redirect: "manual" });
      assert.equal(answer.status, 303, await answer.text());
      return answer.headers.get("location").split("/").at(-1);
    },
    /** A report that waits for its sender to tell more; answers its code. */
    async asked(text) {
      const code = await city.report(text);
      const operator = await city.officer("tiepnhan");
      await operator.goto(`/console/c/${code}?k=ask`);
      await operator.locator("#question").fill("Anh/chị cho biết số hồ sơ và ngày nộp.");
      await operator.locator("#compose button.go").click();
      await operator.getByText("Chờ bổ sung thông tin").first().waitFor();
      await operator.context().close();
      return code;
    },
    /** A report about taxes that waits for its agency to accept it; answers its code. */
    async routed(text) {
      const code = await city.report(text);
      const operator = await city.officer("tiepnhan");
      await operator.goto(`/console/c/${code}?k=route`);
      await operator.locator("#compose button.go").click();
      await operator.waitForURL((url) => url.pathname === `/console/c/${code}` && !url.search);
      await operator.context().close();
      return code;
    },
    /** A report about taxes that was accepted and drafted, and waits for the leader; answers its code. */
    async drafted(text) {
      const code = await city.routed(text);
      const officer = await city.officer("thue.nam");
      await officer.goto(`/console/c/${code}`);
      await officer.getByRole("button", { name: "Nhận hồ sơ" }).click();
      await officer.getByRole("link", { name: "Hỏi bổ sung" }).waitFor();
      await officer.goto(`/console/c/${code}?k=reply`);
      await officer.locator("#checked").fill("Đã kiểm tra xong.");
      await officer.locator("#legal_basis").fill("Luật Quản lý thuế 38/2019/QH14, Điều 75.");
      await officer.locator("#next_steps").fill("Ký quyết định trong 3 ngày làm việc.");
      await officer.locator("#next_steps").press("Control+Enter");
      await officer.getByText("Đã dự thảo, chờ duyệt").first().waitFor();
      await officer.context().close();
      return code;
    },
  };
  return city;
}

/** A key as the server makes one for each form. */
export const formKey = () => randomBytes(16).toString("base64url");

/** The code of a case as people read it: 26 4071 923 5. */
export const spaced = (code) => code.replace(/^(..)(....)(...)(.)$/, "$1 $2 $3 $4");

/** A form that comes back with a mistake has this status, and the browser writes it into its console: no complaint. */
export function forgive(page, status) {
  page.complaints = page.complaints.filter((line) => !line.includes(`the server responded with a status of ${status} `));
}

/** The page is fit to be seen: axe finds nothing, nobody scrolls sideways, the console is quiet. */
export async function sound(page, options) {
  await axe(page, options);
  await fits(page);
  quiet(page);
}

/** A small picture as a telephone takes it: 64 × 48, a frame on paper. */
export const PHOTO = {
  name: "bien-nhan.jpg",
  mimeType: "image/jpeg",
  buffer: Buffer.from("/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAwAEADASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAIDBv/EACIQAAEDAwMFAAAAAAAAAAAAAAMAAQITU5IzcrEjMTJCUf/EABUBAQEAAAAAAAAAAAAAAAAAAAAB/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8A6HsorCuwyZD6BNr8KAhE4R9OHi3q3xRF1hXYZMlYV2GTJRFahiyURWoYsgVhXYZMlYV2GTJRFahiyURWoYsgVhXYZMr7rEwRMEnTh4v6t8Vg0B7W4QD6BNr8IDQHtbhD6BNr8IDQHtbhBaIiKIiIIPoE2vwgNAe1uEPoE2vwgNAe1uEQPoE2vwoCYTBH1IeLezfFt3UURWoYsgVhXYZMlYV2GTJRFahiyURWoYsgVhXYZMlYV2GTJRFahiyURWoYsggxhOEnUh4v7N8Vg0B7W4SiK1DFlfZB/9k=", "base64"),
};
