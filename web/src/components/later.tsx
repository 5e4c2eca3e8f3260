import { type ComponentType, useEffect, useState } from "react";

const IDLE_AT_LATEST = 1_500; // ms
const AGAIN_AFTER = 5_000; // ms

/** Runs it when the browser has nothing else to do. What it gives calls it off. */
export function whenIdle(run: () => void): () => void {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(run, 1);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run, { timeout: IDLE_AT_LATEST });
  return () => cancelIdleCallback(handle);
}

/** Brings it when there is time for it; where that fails, again a little later. What it gives calls it off. */
export function fetchIdly(load: () => Promise<unknown>, done: () => void): () => void {
  let isOff = false;
  let callOff: () => void = () => undefined;
  const begin = () => {
    callOff = whenIdle(() => {
      load().then(
        () => {
          if (!isOff) done();
        },
        () => {
          if (isOff) return;
          const timer = setTimeout(begin, AGAIN_AFTER);
          callOff = () => clearTimeout(timer);
        },
      );
    });
  };
  begin();
  return () => {
    isOff = true;
    callOff();
  };
}

/**
 * A dialog that is not there before the browser has nothing else to do: a page is drawn without it. Opened
 * earlier than that, it opens when it has come. `closed` are the props that keep it closed: it begins so,
 * for only then it knows where the focus was.
 */
export function later<P extends object>(load: () => Promise<ComponentType<P>>, closed: Partial<P>) {
  return function Later(props: P) {
    const [Loaded, setLoaded] = useState<ComponentType<P> | null>(null);
    const [hasBegun, setBegun] = useState(false);
    useEffect(() => {
      let found: ComponentType<P> | null = null;
      return fetchIdly(
        async () => {
          found = await load();
        },
        () => setLoaded(() => found),
      );
    }, []);
    useEffect(() => setBegun(Loaded !== null), [Loaded]);
    return Loaded && <Loaded {...props} {...(hasBegun ? {} : closed)} />;
  };
}
