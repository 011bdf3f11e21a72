// npm's smpp as a small SMSC.

import { once } from "node:events";

import smpp from "smpp";

/** An SMSC that lets doithoai/s3cret in and numbers what it takes; `taken` holds the submit_sm. */
export async function startSmsc(tls = {}) {
  const taken = [];
  /** The message_id under which a submit_sm was taken. */
  const idOf = (pdu) => `00A${taken.indexOf(pdu) + 1}`;
  let bound;
  const session = new Promise((resolve) => (bound = resolve));
  const server = smpp.createServer(tls, (session) => {
    // A program that is killed resets its link.
    session.on("error", () => {});
    session.on("bind_transceiver", (pdu) => {
      const right = pdu.system_id === "doithoai" && pdu.password === "s3cret" && pdu.interface_version === 0x34;
      session.send(pdu.response(right ? { system_id: "SMSC01" } : { command_status: smpp.ESME_RINVPASWD }));
      if (right) bound(session);
    });
    session.on("submit_sm", (pdu) => {
      taken.push(pdu);
      const refused = pdu.destination_addr === "84900000009";
      session.send(pdu.response(refused ? { command_status: smpp.ESME_RTHROTTLED } : { message_id: idOf(pdu) }));
    });
    session.on("enquire_link", (pdu) => session.send(pdu.response()));
    session.on("unbind", (pdu) => {
      session.send(pdu.response());
      session.close();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  /** Delivers a PDU, and gives the answer. */
  const deliver = async (options) => {
    const to = { source_addr_ton: 1, source_addr_npi: 1, source_addr: "84900000001", dest_addr_npi: 1, destination_addr: "1022" };
    const at = await session;
    return new Promise((resolve) => at.deliver_sm({ ...to, ...options }, resolve));
  };
  const stop = () => {
    server.sessions.slice().forEach((session) => session.destroy());
    server.close();
  };
  return { port: server.address().port, taken, idOf, session, deliver, stop, onError: (heard) => server.on("tlsClientError", heard) };
}

/** The element of the header that says which part of a message this is: 0, 3, reference, parts, number. */
export const concat = (pdu) => pdu.short_message.udh?.find((element) => element[0] === 0x00);
