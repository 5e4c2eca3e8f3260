import { Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, startTransition, useEffect, useRef, useState } from "react";
import { useLocation, NavigationType, useNavigationType } from "react-router-dom";
import { text } from "../text";
import { ListSkeleton } from "./DataList";

interface PageFrameProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}

/** A page's heading and what it is for. Whoever came by a link inside hears the heading first. */
export function PageFrame({ title, description, actions, children }: PageFrameProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  const way = useNavigationType();
  const [isRead, setRead] = useState(false);
  useEffect(() => startTransition(() => setRead(true)), []);
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [title]);
  useEffect(() => {
    if (way === NavigationType.Push) heading.current?.focus({ preventScroll: true });
  }, [pathname, way]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="md">
        <Stack gap={4} maw="46rem" flex="1 1 min(18rem, 100%)">
          <Title order={1} ref={heading} tabIndex={-1} className="heading">
            {title}
          </Title>
          {description && <Text c="dimmed">{description}</Text>}
        </Stack>
        {actions && <Group gap="sm">{actions}</Group>}
      </Group>
      {isRead ? children : <ListSkeleton />}
    </Stack>
  );
}
