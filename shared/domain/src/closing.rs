//! What a closing digest counts: withdrawals and deposits by channel, late deposits apart.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fact::{DepositChannel, Fact, WithdrawalChannel};

/// How often the tender documents were taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawals {
    /// By firms that said who they are.
    pub identified: u64,
    /// Without a name.
    pub anonymous: u64,
    /// On paper.
    pub paper: u64,
}

impl Withdrawals {
    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.identified + self.anonymous + self.paper
    }
}

/// How many tenders came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposits {
    /// On the portal.
    pub electronic: u64,
    /// On paper.
    pub paper: u64,
}

impl Deposits {
    /// All of them.
    #[must_use]
    pub fn all(self) -> u64 {
        self.electronic + self.paper
    }
}

/// What was recorded of a consultation when it closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Of the tender documents, whenever they were taken.
    pub withdrawals: Withdrawals,
    /// Tenders that came in by the deadline.
    pub deposits: Deposits,
    /// Tenders that came in after it.
    pub late: Deposits,
}

impl Counts {
    /// Counts one recorded fact against the deadline in force; a deposit at the very instant of the deadline is in time.
    pub fn add(&mut self, fact: &Fact, deadline: Timestamp) {
        let counter = match fact {
            Fact::DocumentsWithdrawn { channel: WithdrawalChannel::Identified, .. } => &mut self.withdrawals.identified,
            Fact::DocumentsWithdrawn { channel: WithdrawalChannel::Anonymous, .. } => &mut self.withdrawals.anonymous,
            Fact::DocumentsWithdrawn { channel: WithdrawalChannel::Paper, .. } => &mut self.withdrawals.paper,
            Fact::TenderReceived { channel, received_at, .. } => {
                let deposits = if *received_at > deadline { &mut self.late } else { &mut self.deposits };
                match channel {
                    DepositChannel::Electronic => &mut deposits.electronic,
                    DepositChannel::Paper => &mut deposits.paper,
                }
            }
            _ => return,
        };
        *counter += 1;
    }
}
