public import VMCore

/// Where a monitor is reached: a unix path of any length, `abstract:NAME`, `tcp:HOST:PORT` or `vsock:CID:PORT`.
public typealias MonitorAddress = SocketAddress
