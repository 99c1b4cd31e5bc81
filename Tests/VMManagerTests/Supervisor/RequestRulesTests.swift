import SupervisorProtocol
import Testing

@testable import VMSupervisor

@Suite("What may overlap")
struct RequestRulesTests {
    /// Rows as in the documentation of `RequestRules`: while a start, a taking over, a job, a change.
    private static let table: [(RequestClass, [Admission])] = [
        (.query, [.now, .now, .now, .now]),
        (.end, [.now, .now, .now, .now]),
        (.power, [.refuse, .wait, .refuse, .now]),
        (.input, [.refuse, .wait, .now, .now]),
        (.agent, [.refuse, .wait, .now, .now]),
        (.change, [.refuse, .wait, .refuse, .wait]),
        (.job, [.refuse, .wait, .refuse, .wait]),
    ]

    @Test("every kind of request in every situation")
    func rules() {
        #expect(Self.table.map(\.0) == RequestClass.allCases)
        for (kind, row) in Self.table {
            let found = [.starting, .takingOver, .job, .change].map { RequestRules.admission(kind, while: $0) }
            #expect(found == row, "\(kind)")
        }
    }

    @Test("a machine can always be looked at, and always be ended")
    func always() {
        for situation in Situation.allCases {
            #expect(RequestRules.admission(SupervisorRequest.status.requestClass, while: situation) == .now)
            #expect(
                RequestRules.admission(SupervisorRequest.destroy(isGraceful: false).requestClass, while: situation)
                    == .now)
            #expect(RequestRules.admission(SupervisorRequest.abortJob.requestClass, while: situation) == .now)
        }
    }
}
