internal import VMCore

/// Closes a descriptor that came from elsewhere.
func closeDescriptor(_ raw: Int32) { _ = FileDescriptor(owning: raw) }
