import { describe, expect, it } from "vitest";
import { endOfDay, formatDate, formatRelative, shortAgent, toDateField } from "../components/format";
import { expiryOrder } from "../tokens/fields";
import { snippetsFor } from "../tokens/snippets";

describe("times", () => {
  it("are told in the largest unit that fits", () => {
    const now = Date.parse("2026-11-25T12:00:00Z");
    expect(formatRelative("2026-11-22T11:00:00Z", now)).toBe("3 days ago");
    expect(formatRelative("2026-11-25T14:30:00Z", now)).toBe("in 2 hours");
    expect(formatRelative("2026-11-25T11:59:30Z", now)).toBe("this minute");
  });

  it("of a calendar are in no zone", () => expect(formatDate("2026-11-25")).toContain("25"));

  it("go to a field and back within the visitor's day", () => {
    const end = endOfDay("2026-11-25");
    expect(toDateField(end)).toBe("2026-11-25");
    expect(endOfDay("2026-11-25", new Date("2026-11-20T00:00:00Z")).toISOString()).toBe("2026-11-20T00:00:00.000Z");
  });
});

describe("what a program calls itself", () => {
  it("is told briefly", () => {
    expect(shortAgent("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe("Firefox · Linux");
    expect(shortAgent("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0")).toMatch(/^(Chrome|Edge) · Windows$/);
    expect(shortAgent("curl/7.88.1")).toBe("curl/7.88.1");
    expect(shortAgent("")).toBe("");
  });
});

describe("an order", () => {
  const limits = { api_token_ttl_days: 30, max_tokens_per_user: 0, require_expiry: false };
  it("says nothing for as late as allowed", () => expect(expiryOrder({ choice: "most", date: "" }, limits)).toEqual({}));
  it("counts days", () => expect(expiryOrder({ choice: "7", date: "" }, limits)).toEqual({ ttl_days: 7 }));
  it("never ends later than allowed", () => {
    const { expires_at = "" } = expiryOrder({ choice: "date", date: "2099-01-01" }, limits);
    expect(Date.parse(expires_at)).toBeLessThan(Date.now() + 30 * 86_400_000);
  });
});

describe("examples", () => {
  it("hold the address and the secret", () => {
    for (const kind of ["pat", "api_key"] as const)
      for (const { code } of snippetsFor(kind, "https://keys.example/base", "SECRET")) {
        expect(code).toContain("https://keys.example/base");
        expect(code).toContain("SECRET");
      }
  });
});
