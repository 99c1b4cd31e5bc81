// What the signatures of this module name: an embedder imports VMManager alone.
@_exported public import SupervisorProtocol
@_exported public import VMStore
@_exported public import VMHost
@_exported public import VMNetwork
@_exported public import VMSecret
@_exported public import VMStorage
