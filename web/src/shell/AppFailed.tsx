import { Button, Container, Stack, Text, Title } from "@mantine/core";
import { text } from "../text";

/** A mistake in a page, or its code could not be fetched: perhaps the server was upgraded meanwhile. */
export function AppFailed() {
  return (
    <Container size="xs" py="xl" component="main">
      <Stack align="flex-start">
        <Title order={1}>{text.errors.title}</Title>
        <Text>{text.errors.pageFailed}</Text>
        <Button onClick={() => location.reload()}>{text.errors.reload}</Button>
      </Stack>
    </Container>
  );
}
