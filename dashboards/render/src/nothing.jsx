// SPDX-License-Identifier: Apache-2.0
// What Grafana shows in a panel whose queries found nothing.
import React from 'react';

export const Nothing = ({ panel }) => (
  <div className="nothing" style={{ display: 'grid', placeItems: 'center', height: '100%' }}>
    {panel.fieldConfig.defaults.noValue ?? 'No data'}
  </div>
);
