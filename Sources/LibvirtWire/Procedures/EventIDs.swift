/// `virDomainEventID`: what CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY registers for.
///
/// `virsh event --all` registers for each of them; only a refusal of the first stops it. A number that isn't known is
/// refused.
public enum DomainEventID: Int32, Sendable, CaseIterable {
    case lifecycle, reboot, rtcChange, watchdog, ioError, graphics, ioErrorReason, controlError, blockJob, diskChange
    case trayChange, pmWakeup, pmSuspend, balloonChange, pmSuspendDisk, deviceRemoved, blockJob2, tunable
    case agentLifecycle, deviceAdded, migrationIteration, jobCompleted, deviceRemovalFailed, metadataChange
    case blockThreshold, memoryFailure, memoryDeviceSizeChange, nicMACChange, vcpuRemoved, channelLifecycle
}

/// `virNetworkEventID`.
public enum NetworkEventID: Int32, Sendable, CaseIterable {
    case lifecycle, metadataChange
}

/// `virStoragePoolEventID`.
public enum StoragePoolEventID: Int32, Sendable, CaseIterable {
    case lifecycle, refresh
}

/// `virNodeDeviceEventID`.
public enum NodeDeviceEventID: Int32, Sendable, CaseIterable {
    case lifecycle, update
}

/// `virSecretEventID`.
public enum SecretEventID: Int32, Sendable, CaseIterable {
    case lifecycle, valueChanged
}
