#pragma once

#include <string_view>

namespace logs {

/// Why this container ends, for `kubectl describe pod`: into the file that Kubernetes mounts at its
/// default terminationMessagePath. Where there is none, or it cannot be written, nothing happens.
/// The same words as in the log, so never a secret.
void leave_termination_message(std::string_view message);
/// For commands that also `kubectl exec` may run: the pod does not end with those.
void leave_termination_message_as_pid_1(std::string_view message);

/// At most 4096 bytes, which is all that the kubelet reads, without half a character at the end.
[[nodiscard]] std::string_view termination_text(std::string_view message);

}  // namespace logs
