/** A word with a dot of its colour: never the colour alone. */
export function State({ tone, children }: { tone: "good" | "warn" | "bad" | "quiet"; children: string }) {
  return (
    <span className="state" data-tone={tone}>
      {children}
    </span>
  );
}
