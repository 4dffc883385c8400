import { expect, it } from "vitest";

import { softphoneAddresses } from "./softphone";

it("puts the transports of one address together and fills in where the page came from", () => {
  expect(
    softphoneAddresses(
      [
        { transport: "udp", host: null, port: 5060 },
        { transport: "tcp", host: null, port: 5060 },
        { transport: "udp", host: null, port: 5060 },
        { transport: "tls", host: "sip.shop.example", port: 5061 },
      ],
      "192.0.2.7",
    ),
  ).toEqual([
    { address: "192.0.2.7:5060", transports: ["UDP", "TCP"] },
    { address: "sip.shop.example:5061", transports: ["TLS"] },
  ]);
});

it("brackets IPv6 addresses once", () => {
  const listener = { transport: "udp", port: 5060 } as const;
  expect(softphoneAddresses([{ ...listener, host: "2001:db8::1" }], "x")[0]?.address).toBe("[2001:db8::1]:5060");
  expect(softphoneAddresses([{ ...listener, host: null }], "[::1]")[0]?.address).toBe("[::1]:5060");
});
