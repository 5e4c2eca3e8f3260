const PATHS = {
  key: "M14 7a4 4 0 1 1-3.5 6H8v3H5v-3H3v-2h7.1A4 4 0 0 1 14 7z M14 10.2a.8.8 0 1 0 .01 0",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M4 20c1-4 4-5 8-5s7 1 8 5",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
  moon: "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z",
  auto: "M12 3a9 9 0 1 0 0 18z M12 3a9 9 0 0 1 0 18",
  dots: "M6 12h.01M12 12h.01M18 12h.01",
  up: "M7 14l5-5 5 5",
  down: "M7 10l5 5 5-5",
  check: "M5 12l5 5 9-10",
  warning: "M12 4 3 20h18z M12 10v4M12 17h.01",
};

/** Decoration: what it is beside says the same in words. */
export function Icon({ name, size = 20 }: { name: keyof typeof PATHS; size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
      strokeWidth={name === "dots" ? 2.6 : 1.8} strokeLinecap="round" strokeLinejoin="round">
      <path d={PATHS[name]} />
    </svg>
  );
}
