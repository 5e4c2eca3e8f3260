import { type ComponentType, lazy, Suspense, useEffect, useState } from "react";

const IDLE_AT_LATEST = 1_500; // ms

/** Runs it when the browser has nothing else to do. What it gives calls it off. */
export function whenIdle(run: () => void): () => void {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(run, 1);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run, { timeout: IDLE_AT_LATEST });
  return () => cancelIdleCallback(handle);
}

/**
 * A dialog that is not there before the browser has nothing else to do, or it is opened. `closed` are the
 * props that keep it closed: it begins so, for only then it knows where the focus was.
 */
export function later<P extends object>(load: () => Promise<ComponentType<P>>, closed: Partial<P>) {
  const Loaded = lazy(async () => ({ default: await load() }));
  function Begun({ props }: { props: P }) {
    const [hasBegun, setBegun] = useState(false);
    useEffect(() => setBegun(true), []);
    return <Loaded {...props} {...(hasBegun ? {} : closed)} />;
  }
  return function Later(props: P) {
    const [isIdle, setIdle] = useState(false);
    useEffect(() => whenIdle(() => void load().then(() => setIdle(true), () => undefined)), []); // whoever opens it asks again
    const isOpen = (Object.keys(closed) as (keyof P)[]).some((name) => props[name] !== closed[name]);
    if (isOpen && !isIdle) setIdle(true); // from now on it stays
    if (!isIdle) return null;
    return (
      <Suspense fallback={null}>
        <Begun props={props} />
      </Suspense>
    );
  };
}
